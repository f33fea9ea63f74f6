import { LRUCache } from 'lru-cache';
import { type Bucket, bucketOf, take, waitFor } from '../domain/token-bucket.ts';
import { RateLimitedError } from '../errors.ts';

/** Most callers remembered at once, those of the last requests; a caller that has been idle for a minute needs no memory. */
export const MAX_CALLERS = 50_000;

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

/** Maximum milliseconds from full: a minute's requests, and as many again by cost. */
export const MOST_USED_MS = 120_000;

/** The bucket of a caller: one minute's requests. */
export const bucketOfMinute = (perMinute: number): Bucket => bucketOf(perMinute / 60, perMinute);

/** Error of a request whose next token is this far away. */
export const tooManyRequests = (waitMs: number): RateLimitedError =>
  new RateLimitedError(Math.max(1, Math.ceil(waitMs / 1000)));

/** Requests per minute and caller. Holds for this process; `FleetRateLimit` for several. */
export class RateLimit implements CallerLimit {
  readonly #bucket: Bucket;
  readonly #fullAt = new LRUCache<string, number>({ max: MAX_CALLERS });

  constructor(perMinute: number) {
    this.#bucket = bucketOfMinute(perMinute);
  }

  /** Takes one request off the caller's bucket. Throws RateLimitedError where it is empty. */
  take(caller: string, now: number = performance.now()): void {
    const fullAt = this.#fullAt.get(caller) ?? 0;
    const waitMs = waitFor(this.#bucket, fullAt, now);
    if (waitMs > 0) throw tooManyRequests(waitMs);
    this.#fullAt.set(caller, take(this.#bucket, fullAt, now));
  }

  spend(caller: string, requests: number, now: number = performance.now()): void {
    this.#fullAt.set(caller, take(this.#bucket, this.#fullAt.get(caller) ?? 0, now, requests, MOST_USED_MS));
  }
}
