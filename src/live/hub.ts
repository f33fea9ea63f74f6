import type { InvestSuite } from '../datasources/investsuite/index.ts';
import { Semaphore } from '../datasources/upstream/semaphore.ts';
import { OverloadedError } from '../errors.ts';
import type { Store } from '../store/index.ts';
import type { Feed } from './feed.ts';
import { Group, type Render } from './group.ts';
import { iterateFeed } from './iterate-feed.ts';
import { type Lane, operatorLane, ownerLane } from './lane.ts';
import { LiveSource } from './live-source.ts';
import { LogReader } from './log-reader.ts';
import { Ownership } from './ownership.ts';
import { type Sink, Subscriber } from './subscriber.ts';

export interface HubOptions {
  readonly store: Store;
  readonly investSuite: Pick<InvestSuite, 'portfolio' | 'portfoliosPage'>;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  /** Polling interval of the log without a wake-up. Default 1,000 ms. */
  readonly pollMs?: number | undefined;
  /** Monotonic clock in milliseconds, for the cache of owners. Default: the store's runtime's. */
  readonly now?: (() => number) | undefined;
}

/** Maximum number of subscriptions of a caller. */
export interface Allowance {
  readonly caller: string;
  readonly most: number;
}

/** Identity of equal subscriptions. */
export interface Alike {
  /** Equal for subscribers that get the same bytes for the same event. */
  readonly key: string;
  readonly render: Render;
}

export interface LiveSubscription {
  stop(): void;
}

/** Values for metrics. */
export interface HubFigures {
  readonly subscribers: number;
  readonly groups: number;
  readonly deliveries: number;
  readonly executions: number;
}

/** Semaphore per lane: catching up costs database reads. */
const CATCHING_UP = 16;

interface Kept {
  readonly group: Group;
  readonly lane: Lane;
  /** Subscribers, live or catching up. */
  users: number;
  /** Whether the lane has the group: only while it has live members. */
  live: boolean;
}

/** Serves the event log to all subscribers of this process. */
export class Hub {
  readonly #options: HubOptions;
  readonly #reader: LogReader;
  readonly #lanes: Readonly<Record<'operator' | 'owner', { readonly lane: Lane; readonly permits: Semaphore }>>;
  readonly #groups = new Map<string, Kept>();
  readonly #perCaller = new Map<string, number>();
  readonly #stopping = new AbortController();
  #subscribers = 0;
  #deliveries = 0;
  #executions = 0;

  constructor(options: HubOptions) {
    this.#options = options;
    const { runtime } = options.store;
    const ownership = new Ownership({ ...options, now: options.now ?? runtime.monotonicMs });
    this.#reader = new LogReader(options.store, ownership);
    this.#lanes = {
      operator: { lane: operatorLane(options), permits: new Semaphore(CATCHING_UP, runtime) },
      owner: { lane: ownerLane(ownership, options), permits: new Semaphore(CATCHING_UP, runtime) },
    };
  }

  get reader(): LogReader {
    return this.#reader;
  }

  get figures(): HubFigures {
    return {
      subscribers: this.#subscribers,
      groups: this.#groups.size,
      deliveries: this.#deliveries,
      executions: this.#executions,
    };
  }

  /** For the `subscribe` of a field. */
  source<T>(feed: Feed<T>): LiveSource<T> {
    return new LiveSource(feed, (each) =>
      iterateFeed(each, { store: this.#options.store, reader: this.#reader, signal: this.#stopping.signal }),
    );
  }

  /** Throws OverloadedError where the caller has its maximum number of subscriptions. */
  checkRoom({ caller, most }: Allowance): void {
    if (this.#stopping.signal.aborted) throw new OverloadedError('This gateway is stopping.', 1);
    if ((this.#perCaller.get(caller) ?? 0) >= most) {
      throw new OverloadedError(`At most ${most} subscriptions may be open at once.`, 60);
    }
  }

  /** Serves a feed to a sink until it is stopped. */
  subscribe(feed: Feed, alike: Alike, sink: Sink, { caller }: Pick<Allowance, 'caller'>): LiveSubscription {
    const { lane, permits } = this.#lanes[feed.audience.kind];
    const kept = this.#keep(feed, alike, lane);
    const subscriber = new Subscriber({
      feed,
      group: kept.group,
      lane,
      permits,
      reader: this.#reader,
      runtime: this.#options.store.runtime,
      sink: this.#counting(sink),
      onMembers: () => this.#update(kept),
      onTrouble: this.#options.onTrouble,
    });
    this.#count(caller, 1);
    let stopped = false;
    void subscriber.run();
    return {
      stop: () => {
        if (stopped) return;
        stopped = true;
        subscriber.stop();
        this.#count(caller, -1);
        kept.users -= 1;
        if (kept.users === 0) this.#groups.delete(alike.key);
      },
    };
  }

  /** Refuses new subscriptions. */
  close(): void {
    this.#stopping.abort();
  }

  /** Refuses new subscriptions; the transports must have stopped the open ones. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#lanes.operator.lane.stop(), this.#lanes.owner.lane.stop()]);
  }

  #keep(feed: Feed, { key, render }: Alike, lane: Lane): Kept {
    const known = this.#groups.get(key);
    const kept = known ?? {
      group: new Group(feed, render, {
        runtime: this.#options.store.runtime,
        onExecuted: () => {
          this.#executions += 1;
        },
      }),
      lane,
      users: 0,
      live: false,
    };
    kept.users += 1;
    this.#groups.set(key, kept);
    return kept;
  }

  /** A group without live members gets no rows. */
  #update(kept: Kept): void {
    const live = kept.group.size > 0;
    if (live === kept.live) return;
    kept.live = live;
    if (live) kept.lane.add(kept.group);
    else kept.lane.remove(kept.group);
  }

  #counting(sink: Sink): Sink {
    return {
      send: (frame) => {
        this.#deliveries += 1;
        sink.send(frame);
      },
      get hasRoom() {
        return sink.hasRoom;
      },
      drained: () => sink.drained(),
    };
  }

  #count(caller: string, by: 1 | -1): void {
    this.#subscribers += by;
    const count = (this.#perCaller.get(caller) ?? 0) + by;
    if (count === 0) this.#perCaller.delete(caller);
    else this.#perCaller.set(caller, count);
  }
}
