import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort } from './on-abort.ts';
import { pause } from './pause.ts';
import { TokenBucket } from './token-bucket.ts';

/** A rate of calls, by turns. */
export interface Turns {
  /**
   * Resolves to true when it is the caller's turn, to false where that is not before `deadlineAt` (ms of performance.now);
   * rejects with the signal's reason when it fires first.
   */
  take(deadlineAt: number, signal?: AbortSignal): Promise<boolean>;
}

/** The rate of this process alone. */
export class LocalTurns implements Turns {
  readonly #bucket: TokenBucket;

  constructor(perSecond: number) {
    this.#bucket = new TokenBucket(perSecond);
  }

  async take(deadlineAt: number, signal?: AbortSignal): Promise<boolean> {
    const waitMs = this.#bucket.waitMs();
    if (performance.now() + waitMs >= deadlineAt) return false;
    this.#bucket.reserve();
    if (waitMs > 0) await pause(waitMs, signal);
    return true;
  }
}

export interface Slice {
  /** How many turns to lease. */
  readonly count: number;
  /** Lease none where the first is farther away. */
  readonly maxWaitMs: number;
}

export interface SharedTurnsOptions {
  readonly perSecond: number;
  /**
   * Takes turns from the bucket of all, which lets {@link sliceOf} go at once. Answers how far it was from full before, and
   * when (ms of performance.now) that was; undefined where the first turn is too far away. Rejects while it can't be asked.
   */
  readonly lease: (slice: Slice) => Promise<{ readonly aheadMs: number; readonly at: number } | undefined>;
  /** Told why turns could not be leased; it is tried again. */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
}

/** Turns that may be leased at once, and taken at once after a pause: a twentieth of a second's. */
export const sliceOf = (perSecond: number): number => Math.max(1, Math.floor(perSecond / 20));

/** How long leased turns are kept for calls that are still to come. */
const KEPT_MS = 50;
/** Turns that were leased so long ago are gone: this process was stopped meanwhile, or the database was. */
const STALE_MS = 1_000;
const RETRY_MS = 200;

/** When a turn may be used. */
interface Turn {
  readonly from: number;
  readonly until: number;
}

/** Calls `true` with a turn, or `false` without one. */
interface Waiter {
  readonly deadlineAt: number;
  readonly end: (turn: Turn | undefined) => void;
}

/**
 * A rate that several processes share: turns are leased in slices, one slice at a time, for those who wait and those who
 * are likely to come next. While the rate can't be asked there are none: better no call than one too many.
 */
export class SharedTurns implements Turns {
  readonly #options: SharedTurnsOptions;
  readonly #slice: number;
  #turns: Turn[] = [];
  readonly #waiting = new Set<Waiter>();
  #leasing = false;
  #asked = 0;
  #askedSince = performance.now();

  constructor(options: SharedTurnsOptions) {
    this.#options = options;
    this.#slice = sliceOf(options.perSecond);
  }

  async take(deadlineAt: number, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    this.#asked += 1;
    const turn = this.#waiting.size === 0 ? this.#next() : undefined;
    const mine = turn ?? (await this.#wait(deadlineAt, signal));
    if (mine === undefined) return false;
    const waitMs = mine.from - performance.now();
    if (waitMs > 0) await pause(waitMs, signal);
    return true;
  }

  /** The next turn that has not expired. */
  #next(): Turn | undefined {
    const now = performance.now();
    for (let turn = this.#turns.shift(); turn !== undefined; turn = this.#turns.shift()) {
      if (turn.until >= now) return turn;
    }
    return undefined;
  }

  async #wait(deadlineAt: number, signal: AbortSignal | undefined): Promise<Turn | undefined> {
    return await new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        stopListening();
        this.#waiting.delete(waiter);
      };
      const waiter: Waiter = {
        deadlineAt,
        end: (turn) => {
          leave();
          resolve(turn);
        },
      };
      const timer = setTimeout(() => waiter.end(undefined), Math.max(0, deadlineAt - performance.now()));
      const stopListening = onAbort(signal, () => {
        leave();
        reject(signal?.reason);
      });
      this.#waiting.add(waiter);
      void this.#lease();
    });
  }

  async #lease(): Promise<void> {
    if (this.#leasing) return;
    this.#leasing = true;
    while (this.#waiting.size > 0) {
      try {
        await this.#leaseSlice();
      } catch (error) {
        // Those who wait have deadlines.
        this.#options.onTrouble?.(error);
        await sleep(RETRY_MS);
      }
    }
    this.#leasing = false;
  }

  async #leaseSlice(): Promise<void> {
    const { lease, perSecond } = this.#options;
    const count = Math.min(this.#slice, this.#waiting.size + this.#expected());
    const asking = [...this.#waiting];
    const lastDeadlineAt = Math.max(...asking.map((waiter) => waiter.deadlineAt));
    const leased = await lease({ count, maxWaitMs: Math.max(0, lastDeadlineAt - performance.now()) });
    if (leased === undefined) {
      for (const waiter of asking) waiter.end(undefined);
      return;
    }
    const now = performance.now();
    if (now - leased.at > STALE_MS) return;
    for (let index = 0; index < count; index += 1) {
      const aheadMs = leased.aheadMs + ((index - this.#slice + 1) * 1000) / perSecond;
      const from = Math.max(now, leased.at + aheadMs);
      this.#turns.push({ from, until: from + KEPT_MS });
    }
    this.#serve();
  }

  #serve(): void {
    for (const waiter of this.#waiting) {
      const [turn] = this.#turns;
      if (turn === undefined) return;
      if (turn.from >= waiter.deadlineAt) {
        waiter.end(undefined);
        continue;
      }
      this.#turns.shift();
      waiter.end(turn);
    }
  }

  /** How many will ask while a slice is kept, by how many have asked since the last one. */
  #expected(): number {
    const now = performance.now();
    const expected = Math.floor((this.#asked * KEPT_MS) / Math.max(KEPT_MS, now - this.#askedSince));
    this.#asked = 0;
    this.#askedSince = now;
    return Math.min(this.#slice, expected);
  }
}
