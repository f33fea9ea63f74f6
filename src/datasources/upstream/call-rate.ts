import { type Runtime, sleep, systemRuntime } from '../../domain/runtime.ts';
import { type Bucket, bucketOf, take, waitFor } from '../../domain/token-bucket.ts';
import type { Askers } from './askers.ts';
import { FairQueue } from './fair-queue.ts';
import { onAbort } from './on-abort.ts';
import { pause } from './pause.ts';

/** Rate limiter of calls; waiting callers take turns. */
export interface Turns {
  /**
   * Resolves to true when it is the call's turn, to false where that is not before `deadlineAt` (a time of the monotonic clock);
   * rejects with the signal's reason when it fires first.
   */
  take(deadlineAt: number, signal?: AbortSignal, askers?: Askers): Promise<boolean>;
}

/** A waiting call; `end` gets the token, or undefined where none is in time. */
interface Waiter<T> {
  readonly askers: Askers | undefined;
  readonly deadlineAt: number;
  readonly end: (turn: T | undefined) => void;
}

/** Waits in the queue until `end` is called, the deadline passes (then for undefined) or the signal fires. */
async function waitIn<T>(
  runtime: Runtime,
  queue: FairQueue<Waiter<T>>,
  {
    askers,
    deadlineAt,
    signal,
  }: Pick<Waiter<T>, 'askers' | 'deadlineAt'> & { readonly signal: AbortSignal | undefined },
  start: () => void,
): Promise<T | undefined> {
  return await new Promise((resolve, reject) => {
    const leave = (): void => {
      cancelTimer();
      stopListening();
      queue.delete(waiter);
    };
    const waiter: Waiter<T> = {
      askers,
      deadlineAt,
      end: (turn) => {
        leave();
        resolve(turn);
      },
    };
    const cancelTimer = runtime.after(Math.max(0, deadlineAt - runtime.monotonicMs()), () => waiter.end(undefined));
    const stopListening = onAbort(signal, () => {
      leave();
      reject(signal?.reason);
    });
    queue.add(waiter, () => undefined);
    start();
  });
}

/** The rate of this process alone, with a burst of a tenth of a second's calls. */
export class LocalTurns implements Turns {
  readonly #bucket: Bucket;
  #fullAt = 0;
  readonly #waiting = new FairQueue<Waiter<true>>();
  readonly #runtime: Runtime;
  #isTimed = false;

  constructor(perSecond: number, runtime: Runtime = systemRuntime) {
    this.#runtime = runtime;
    this.#bucket = bucketOf(perSecond, Math.floor(perSecond / 10));
  }

  async take(deadlineAt: number, signal?: AbortSignal, askers?: Askers): Promise<boolean> {
    signal?.throwIfAborted();
    const aheadMs = this.#waiting.size === 0 ? 0 : this.#waiting.ahead(askers) * this.#bucket.interval;
    const now = this.#runtime.monotonicMs();
    const waitMs = waitFor(this.#bucket, this.#fullAt, now) + aheadMs;
    if (now + waitMs >= deadlineAt) return false;
    if (waitMs === 0) {
      this.#fullAt = take(this.#bucket, this.#fullAt, now);
      return true;
    }
    return (
      (await waitIn(this.#runtime, this.#waiting, { askers, deadlineAt, signal }, () => this.#serveLater())) === true
    );
  }

  #serveLater(): void {
    if (this.#waiting.size === 0) return;
    const waitMs = waitFor(this.#bucket, this.#fullAt, this.#runtime.monotonicMs());
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#runtime.after(Math.ceil(waitMs), () => this.#serve());
  }

  #serve(): void {
    this.#isTimed = false;
    for (
      let now = this.#runtime.monotonicMs();
      waitFor(this.#bucket, this.#fullAt, now) === 0;
      now = this.#runtime.monotonicMs()
    ) {
      const next = this.#waiting.take();
      if (next === undefined) return;
      this.#fullAt = take(this.#bucket, this.#fullAt, now);
      next.waiter.end(true);
    }
    this.#serveLater();
  }
}

export interface Slice {
  /** How many turns to lease. */
  readonly count: number;
  /** Lease none where the first is farther away. */
  readonly maxWaitMs: number;
}

export interface SharedTurnsOptions {
  readonly runtime?: Runtime | undefined;
  readonly perSecond: number;
  /**
   * Takes tokens from the shared bucket, which lets {@link sliceOf} go at once. Returns how far the bucket was from
   * full before, and when, by the monotonic clock; undefined where the first token is too far away. Rejects while the
   * store is unavailable.
   */
  readonly lease: (slice: Slice) => Promise<{ readonly aheadMs: number; readonly at: number } | undefined>;
  /** Gets the reason of a failed lease, which is retried. */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
}

/** Turns that may be leased at once, and taken at once after a pause: a twentieth of a second's. */
export const sliceOf = (perSecond: number): number => Math.max(1, Math.floor(perSecond / 20));

/** How long leased tokens are kept for later calls. */
const KEPT_MS = 50;
/** Age after which leased tokens are invalid: the process or the database was stopped meanwhile. */
const STALE_MS = 1_000;
const RETRY_MS = 200;

/** When a turn may be used. */
interface Turn {
  readonly from: number;
  readonly until: number;
}

/**
 * A rate limit that several processes share: tokens are leased in slices, one at a time, for waiting and expected
 * calls. Without the store there are none: better no call than one too many.
 */
export class SharedTurns implements Turns {
  readonly #options: SharedTurnsOptions;
  readonly #runtime: Runtime;
  readonly #slice: number;
  #turns: Turn[] = [];
  readonly #waiting = new FairQueue<Waiter<Turn>>();
  #leasing = false;
  #asked = 0;
  #askedSince: number;

  constructor(options: SharedTurnsOptions) {
    this.#options = options;
    this.#runtime = options.runtime ?? systemRuntime;
    this.#askedSince = this.#runtime.monotonicMs();
    this.#slice = sliceOf(options.perSecond);
  }

  async take(deadlineAt: number, signal?: AbortSignal, askers?: Askers): Promise<boolean> {
    signal?.throwIfAborted();
    this.#asked += 1;
    const turn = this.#waiting.size === 0 ? this.#next() : undefined;
    const mine =
      turn ?? (await waitIn(this.#runtime, this.#waiting, { askers, deadlineAt, signal }, () => void this.#lease()));
    if (mine === undefined) return false;
    const waitMs = mine.from - this.#runtime.monotonicMs();
    if (waitMs > 0) await pause(this.#runtime, waitMs, signal);
    return true;
  }

  /** The next turn that has not expired. */
  #next(): Turn | undefined {
    const now = this.#runtime.monotonicMs();
    for (let turn = this.#turns.shift(); turn !== undefined; turn = this.#turns.shift()) {
      if (turn.until >= now) return turn;
    }
    return undefined;
  }

  async #lease(): Promise<void> {
    if (this.#leasing) return;
    this.#leasing = true;
    while (this.#waiting.size > 0) {
      try {
        await this.#leaseSlice();
      } catch (error) {
        // Waiting calls have deadlines.
        this.#options.onTrouble?.(error);
        await sleep(this.#runtime, RETRY_MS);
      }
    }
    this.#leasing = false;
  }

  async #leaseSlice(): Promise<void> {
    const { lease, perSecond } = this.#options;
    const count = Math.min(this.#slice, this.#waiting.size + this.#expected());
    const asking = this.#waiting.all();
    const lastDeadlineAt = Math.max(...asking.map((waiter) => waiter.deadlineAt));
    const leased = await lease({ count, maxWaitMs: Math.max(0, lastDeadlineAt - this.#runtime.monotonicMs()) });
    if (leased === undefined) {
      for (const waiter of asking) waiter.end(undefined);
      return;
    }
    const now = this.#runtime.monotonicMs();
    if (now - leased.at > STALE_MS) return;
    for (let index = 0; index < count; index += 1) {
      const aheadMs = leased.aheadMs + ((index - this.#slice + 1) * 1000) / perSecond;
      const from = Math.max(now, leased.at + aheadMs);
      this.#turns.push({ from, until: from + KEPT_MS });
    }
    this.#serve();
  }

  #serve(): void {
    while (this.#turns.length > 0) {
      const waiter = this.#waiting.take()?.waiter;
      if (waiter === undefined) return;
      const [turn] = this.#turns;
      const inTime = turn !== undefined && turn.from < waiter.deadlineAt;
      if (inTime) this.#turns.shift();
      waiter.end(inTime ? turn : undefined);
    }
  }

  /** Expected calls during a slice, by the calls since the last one. */
  #expected(): number {
    const now = this.#runtime.monotonicMs();
    const expected = Math.floor((this.#asked * KEPT_MS) / Math.max(KEPT_MS, now - this.#askedSince));
    this.#asked = 0;
    this.#askedSince = now;
    return Math.min(this.#slice, expected);
  }
}
