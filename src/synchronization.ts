import type { BrokerLine, MappedLine } from './domain/synchronization/line.ts';
import { mapLine } from './domain/synchronization/map.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { defaultLink } from './resolvers/portfolios.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { Sweeper, type SweeperOptions, type SynchronizationPorts } from './workflows/index.ts';

/** Default of SYNC_QUIET_SECONDS. */
const QUIET_SECONDS = 10;

type Upstreams = Pick<SynchronizationPorts, 'upvest'> & SweeperOptions['ports'];
type Options = Pick<GatewayOptions, 'link' | 'ledger' | 'portfolioSync' | 'syncQuietSeconds'>;

/** Ports of the workflows of orders, holdings and ledgers. */
export const portsFor = (
  { link, ledger, portfolioSync = false, syncQuietSeconds = QUIET_SECONDS }: Options,
  { investSuite, upvest }: Pick<Upstreams, 'investSuite' | 'upvest'>,
  onTrouble?: SynchronizationPorts['onTrouble'],
): SweeperOptions['ports'] => ({
  investSuite,
  upvest,
  link: link ?? defaultLink,
  isOn: portfolioSync,
  recordsOrders: portfolioSync,
  quietMs: syncQuietSeconds * 1_000,
  map: (line) => (ledger === undefined ? mapLine(line) : (mapped(ledger, line) ?? mapLine(line))),
  onTrouble,
});

interface Parts {
  readonly upstreams: Pick<Upstreams, 'investSuite' | 'upvest'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The same for a gateway, which counts and logs trouble. */
export const synchronizationPorts = (
  options: Options,
  { upstreams, logger, metrics }: Parts,
): SweeperOptions['ports'] =>
  portsFor(options, upstreams, ({ kind, message, about }) => {
    metrics.orderTrouble(kind);
    logger.warn({ kind, ...about }, message);
  });

/** Sweeps by the clock, where the synchronization is on. */
export const sweeperFor = (
  { portfolioSync = false, syncSweepHours = SWEEP_HOURS, upvest }: GatewayOptions,
  { store, ports, logger }: Pick<SweeperOptions, 'store' | 'ports'> & Pick<Parts, 'logger'>,
): Sweeper =>
  new Sweeper({
    store,
    ports,
    callsPerSecond: Math.max(1, Math.floor((upvest.requestsPerSecond ?? CALLS_PER_SECOND) / 2)),
    everyHours: portfolioSync ? syncSweepHours : 0,
    onTrouble: (what, error) => logger.warn({ err: error }, what),
  });

/** Default of SYNC_SWEEP_HOURS. */
const SWEEP_HOURS = 24;
/** Default of UPVEST_REQUESTS_PER_SECOND. */
const CALLS_PER_SECOND = 250;

/** An embedder's function that throws does not stop the other lines. */
function mapped(ledger: NonNullable<GatewayOptions['ledger']>, line: BrokerLine): MappedLine | undefined {
  try {
    return ledger(line);
  } catch {
    return { kind: 'problem', reason: 'The `ledger` function of this installation failed for the line.' };
  }
}
