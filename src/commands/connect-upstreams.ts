import { createInvestSuite, type InvestSuite } from '../datasources/investsuite/index.ts';
import { createUpvest, type Upvest } from '../datasources/upvest/index.ts';
import type { Config } from '../settings.ts';

/** A list of a portfolio has many pages. */
const DEADLINE_MS = 120_000;

export interface ConnectedUpstreams {
  readonly investSuite: InvestSuite;
  readonly upvest: Upvest;
  /** Half of the tenant's limit, since running gateways share it. */
  readonly requestsPerSecond: number;
  readonly close: () => Promise<void>;
}

/** The upstreams for a command that reads whole lists beside running gateways. `onUnread`: rows that could not be read. */
export function connectUpstreams(config: Config, onUnread?: (rows: number) => void): ConnectedUpstreams {
  const { upstreams } = config;
  if (upstreams === undefined) throw new TypeError('no upstream is set');
  const onDropped = ({ count }: { readonly count: number }): void => onUnread?.(count);
  const requestsPerSecond = Math.max(1, Math.floor(config.upvest.requestsPerSecond / 2));
  const investSuite = createInvestSuite({
    ...upstreams.investSuite,
    baseUrl: upstreams.investSuite.url,
    ...config.investSuite,
    deadlineMs: DEADLINE_MS,
    onDropped,
  });
  const upvest = createUpvest({
    ...upstreams.upvest,
    baseUrl: upstreams.upvest.url,
    privateKeyPem: upstreams.upvest.privateKey,
    capabilities: config.upvest.capabilities,
    requestsPerSecond,
    deadlineMs: DEADLINE_MS,
    onDropped,
  });
  const close = async (): Promise<void> => {
    await Promise.all([investSuite.close(), upvest.close()]);
  };
  return { investSuite, upvest, requestsPerSecond, close };
}
