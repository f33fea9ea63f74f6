import { RateLimitedError } from '../errors.ts';

/** Most callers remembered at once; a caller that has been idle for a minute needs no memory. */
const MAX_CALLERS = 50_000;

/** How often callers may ask. */
export interface CallerLimit {
  /** Takes one request off the caller's bucket. RateLimitedError where it is empty, thrown or as a rejection. */
  take(caller: string): void | Promise<void>;
  /**
   * Takes more requests off the bucket, for one that cost as much as several. Refuses nothing: the bucket may be overdrawn
   * by another minute's requests, and the next `take` is refused until that has come back.
   */
  spend(caller: string, requests: number): void;
}

/** Milliseconds that a bucket may be from full: a minute's requests, and as many again by what requests cost. */
export const MOST_USED_MS = 120_000;

/**
 * Requests per minute and caller: a bucket of one minute's requests that refills evenly. (The generic cell rate
 * algorithm: one time stamp per caller.) Holds for this process; `FleetRateLimit` for several.
 */
export class RateLimit implements CallerLimit {
  readonly #intervalMs: number;
  readonly #fullAt = new Map<string, number>();

  constructor(perMinute: number) {
    this.#intervalMs = 60_000 / perMinute;
  }

  /** Takes one request off the caller's bucket. Throws RateLimitedError where it is empty. */
  take(caller: string, now: number = performance.now()): void {
    const fullAt = Math.max(this.#fullAt.get(caller) ?? 0, now) + this.#intervalMs;
    const waitMs = fullAt - 60_000 - now;
    if (waitMs > 0.001) throw new RateLimitedError(Math.max(1, Math.ceil(waitMs / 1000)));
    this.#set(caller, fullAt, now);
  }

  spend(caller: string, requests: number, now: number = performance.now()): void {
    const fullAt = Math.max(this.#fullAt.get(caller) ?? 0, now) + requests * this.#intervalMs;
    this.#set(caller, Math.min(fullAt, now + MOST_USED_MS), now);
  }

  #set(caller: string, fullAt: number, now: number): void {
    this.#fullAt.delete(caller);
    this.#fullAt.set(caller, fullAt);
    if (this.#fullAt.size > MAX_CALLERS) this.#forget(now);
  }

  /** The map is in order of last use: idle callers stand first. */
  #forget(now: number): void {
    for (const [caller, fullAt] of this.#fullAt) {
      if (fullAt > now && this.#fullAt.size <= MAX_CALLERS) return;
      this.#fullAt.delete(caller);
    }
  }
}
