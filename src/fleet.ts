import { FleetRateLimit } from './adapters/fleet-rate-limit.ts';
import { type CallerLimit, RateLimit } from './adapters/rate-limit.ts';
import { LocalTurns, SharedTurns, sliceOf, type Turns } from './datasources/upstream/turns.ts';
import { countRequests, type Store, takeTurns } from './store/index.ts';

export interface SharedRate {
  /** Asked when the first call is made, not before. */
  readonly storeOf: () => Store;
  readonly isShared: boolean;
  readonly name: string;
  readonly perSecond: number;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Rates that hold for all gateways on one database: see docs/cluster.md. An embedded database has one gateway, which counts
 * by itself.
 */
export function turnsOf({ storeOf, isShared, name, perSecond, onTrouble }: SharedRate): Turns {
  if (!isShared) return new LocalTurns(perSecond);
  return new SharedTurns({
    perSecond,
    onTrouble,
    lease: async (slice) =>
      await storeOf().write(async (writing) => {
        const at = performance.now();
        const aheadMs = await takeTurns(writing, { name, perSecond, burst: sliceOf(perSecond), ...slice });
        return aheadMs === undefined ? undefined : { aheadMs, at };
      }),
  });
}

/** Before the name of a caller, among names of other rates. */
const CALLER = 'caller:';

export function callerLimitOf(store: Store, perMinute: number): CallerLimit {
  if (store.kind === 'sqlite') return new RateLimit(perMinute);
  return new FleetRateLimit({
    perMinute,
    count: async (requests) => {
      const named = requests.map(({ caller, served, asked }) => ({ name: CALLER + caller, served, asked }));
      const counted = await store.write((writing) => countRequests(writing, perMinute, named));
      return counted.map(({ name, granted, fullInMs }) => ({ caller: name.slice(CALLER.length), granted, fullInMs }));
    },
  });
}
