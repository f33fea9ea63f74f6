import { type Runtime, sleep, systemRuntime } from '../../domain/runtime.ts';
import { type Bucket, bucketOf, take, waitFor } from '../../domain/token-bucket.ts';
import type { Askers } from './askers.ts';
import { FairQueue } from './fair-queue.ts';
import { onAbort } from './on-abort.ts';
import { pause } from './pause.ts';

/** Rate limiter of calls to an upstream; waiting callers are served round robin. */
export interface CallRate {
  /**
   * Resolves to true when the call gets a token, to false where that is not before `deadlineAt` (a time of the monotonic clock);
   * rejects with the signal's reason when it fires first.
   */
  take(deadlineAt: number, signal?: AbortSignal, askers?: Askers): Promise<boolean>;
}

/** A waiting call; `end` gets the token, or undefined where none is in time. */
interface Waiter<T> {
  readonly askers: Askers | undefined;
  readonly deadlineAt: number;
  readonly end: (token: T | undefined) => void;
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
      end: (token) => {
        leave();
        resolve(token);
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
export class LocalCallRate implements CallRate {
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
  /** How many tokens to lease. */
  readonly count: number;
  /** Lease none where the first would be available later than this. */
  readonly maxWaitMs: number;
}

export interface SharedCallRateOptions {
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

/** Tokens that are leased together, and may be taken at once after a pause: a twentieth of a second's. */
export const sliceOf = (perSecond: number): number => Math.max(1, Math.floor(perSecond / 20));

/** How long leased tokens are kept for later calls. */
const KEPT_MS = 50;
/** Age after which leased tokens are invalid: the process or the database was stopped meanwhile. */
const STALE_MS = 1_000;
const RETRY_MS = 200;

/** A leased token: when it may be used. */
interface Token {
  readonly from: number;
  readonly until: number;
}

/**
 * A rate limit that several processes share: tokens are leased in slices, one at a time, for waiting and expected
 * calls. Without the store there are none: better no call than one too many.
 */
export class SharedCallRate implements CallRate {
  readonly #options: SharedCallRateOptions;
  readonly #runtime: Runtime;
  readonly #slice: number;
  #tokens: Token[] = [];
  readonly #waiting = new FairQueue<Waiter<Token>>();
  #leasing = false;
  #asked = 0;
  #askedSince: number;

  constructor(options: SharedCallRateOptions) {
    this.#options = options;
    this.#runtime = options.runtime ?? systemRuntime;
    this.#askedSince = this.#runtime.monotonicMs();
    this.#slice = sliceOf(options.perSecond);
  }

  async take(deadlineAt: number, signal?: AbortSignal, askers?: Askers): Promise<boolean> {
    signal?.throwIfAborted();
    this.#asked += 1;
    const token = this.#waiting.size === 0 ? this.#next() : undefined;
    const mine =
      token ?? (await waitIn(this.#runtime, this.#waiting, { askers, deadlineAt, signal }, () => void this.#lease()));
    if (mine === undefined) return false;
    const waitMs = mine.from - this.#runtime.monotonicMs();
    if (waitMs > 0) await pause(this.#runtime, waitMs, signal);
    return true;
  }

  /** The next token that has not expired. */
  #next(): Token | undefined {
    const now = this.#runtime.monotonicMs();
    for (let token = this.#tokens.shift(); token !== undefined; token = this.#tokens.shift()) {
      if (token.until >= now) return token;
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
      this.#tokens.push({ from, until: from + KEPT_MS });
    }
    this.#serve();
  }

  #serve(): void {
    while (this.#tokens.length > 0) {
      const waiter = this.#waiting.take()?.waiter;
      if (waiter === undefined) return;
      const [token] = this.#tokens;
      const inTime = token !== undefined && token.from < waiter.deadlineAt;
      if (inTime) this.#tokens.shift();
      waiter.end(inTime ? token : undefined);
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
