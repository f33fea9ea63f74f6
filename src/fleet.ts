import { FleetRateLimit } from './callers/fleet-rate-limit.ts';
import { type CallerLimit, RateLimit } from './callers/rate-limit.ts';
import { type CallRate, LocalCallRate, SharedCallRate, sliceOf } from './datasources/upstream/call-rate.ts';
import { RateLimitPause } from './datasources/upstream/rate-limit-pause.ts';
import type { Runtime } from './domain/runtime.ts';
import { countRequests, readPause, type Store, takeTurns, writePause } from './store/index.ts';

export interface FleetOptions {
  readonly runtime: Runtime;
  /** False: the database has one gateway, which counts by itself. */
  readonly isShared: boolean;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** Rates and pauses of upstreams, kept by all gateways on one database together: see docs/cluster.md. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #pauses = new Map<string, RateLimitPause>();
  #store: Store | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Before the first call to an upstream. What other gateways have heard from theirs is heard from now on. */
  async join(store: Store): Promise<void> {
    this.#store = store;
    if (!this.#options.isShared) return;
    store.onWake('pause', () => void this.#hear(store));
    await this.#hear(store);
  }

  /** The pause that the upstream asks for by 429. @param name of the upstream, with whom it counts together. */
  pauseOf(name: string): RateLimitPause {
    const pause = new RateLimitPause(
      this.#options.isShared ? (leftMs) => this.#tell(name, leftMs) : undefined,
      this.#options.runtime,
    );
    this.#pauses.set(name, pause);
    return pause;
  }

  /** The call rate of an upstream, 0 while there is a pause of the same name. */
  callRateOf(name: string, perSecond: number): CallRate {
    if (!this.#options.isShared) return new LocalCallRate(perSecond, this.#options.runtime);
    return new SharedCallRate({
      runtime: this.#options.runtime,
      perSecond,
      onTrouble: (error) => this.#options.onTrouble(`no calls to ${name} can be granted`, error),
      lease: async (slice) => {
        const { pausedMs, aheadMs, at } = await this.#joined.write(async (writing) => {
          const at = this.#options.runtime.monotonicMs();
          const pausedMs = await readPause(writing, name);
          if (pausedMs > 0) return { pausedMs, aheadMs: undefined, at };
          const aheadMs = await takeTurns(writing, { name, perSecond, burst: sliceOf(perSecond), ...slice });
          return { pausedMs, aheadMs, at };
        });
        this.#pauses.get(name)?.hear(pausedMs, at);
        return aheadMs === undefined ? undefined : { aheadMs, at };
      },
    });
  }

  get #joined(): Store {
    if (this.#store === undefined) throw new Error('no store was joined');
    return this.#store;
  }

  async #tell(name: string, leftMs: number): Promise<void> {
    try {
      await this.#joined.write((writing) => writePause(writing, name, leftMs));
    } catch (error) {
      this.#options.onTrouble(`other gateways could not be told of a pause of ${name}`, error);
    }
  }

  async #hear(store: Store): Promise<void> {
    try {
      for (const [name, pause] of this.#pauses) {
        const at = this.#options.runtime.monotonicMs();
        pause.hear(await store.read((reading) => readPause(reading, name)), at);
      }
    } catch (error) {
      this.#options.onTrouble('pauses of upstreams could not be read', error);
    }
  }
}

/** Before the name of a caller, among names of other rates. */
const CALLER = 'caller:';

/** The rate of callers at all gateways of one database. */
export function callerLimitOf(store: Store, perMinute: number): CallerLimit {
  if (!store.isShared) return new RateLimit(perMinute);
  return new FleetRateLimit({
    perMinute,
    count: async (requests) => {
      const named = requests.map(({ caller, served, asked }) => ({ name: CALLER + caller, served, asked }));
      const counted = await store.write((writing) => countRequests(writing, perMinute, named));
      return counted.map(({ name, granted, fullInMs }) => ({ caller: name.slice(CALLER.length), granted, fullInMs }));
    },
  });
}
