import type { BrokerLine, MappedLine } from './domain/synchronization/line.ts';
import { mapLine } from './domain/synchronization/map.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { defaultLink } from './resolvers/portfolios.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { SynchronizationPorts } from './workflows/index.ts';

/** Default of SYNC_QUIET_SECONDS. */
const QUIET_SECONDS = 10;

interface Parts {
  readonly upstreams: Pick<SynchronizationPorts, 'investSuite' | 'upvest'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What the workflows of orders, holdings and ledgers work with. */
export function synchronizationPorts(
  { link, ledger, portfolioSync = false, syncQuietSeconds = QUIET_SECONDS }: GatewayOptions,
  { upstreams, logger, metrics }: Parts,
): SynchronizationPorts {
  return {
    ...upstreams,
    link: link ?? defaultLink,
    isOn: portfolioSync,
    recordsOrders: portfolioSync,
    quietMs: syncQuietSeconds * 1_000,
    map: (line) => (ledger === undefined ? mapLine(line) : (mapped(ledger, line) ?? mapLine(line))),
    onTrouble: ({ kind, message, about }) => {
      metrics.orderTrouble(kind);
      logger.warn({ kind, ...about }, message);
    },
  };
}

/** An embedder's function that throws does not stop the other lines. */
function mapped(ledger: NonNullable<GatewayOptions['ledger']>, line: BrokerLine): MappedLine | undefined {
  try {
    return ledger(line);
  } catch {
    return { kind: 'problem', reason: 'The `ledger` function of this installation failed for the line.' };
  }
}
