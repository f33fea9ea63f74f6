import { LRUCache } from 'lru-cache';
import { type Bucket, take, tokensIn, waitFor } from '../domain/token-bucket.ts';
import { bucketOfMinute, type CallerLimit, MAX_CALLERS, MOST_USED_MS, tooManyRequests } from './rate-limit.ts';

/** Requests of one caller that a gateway reports, see {@link FleetRateLimitOptions.count}. */
export interface RequestsOfCaller {
  readonly caller: string;
  /** Already let through. */
  readonly served: number;
  /** Waiting to be let through. */
  readonly asked: number;
}

export interface CountedCaller {
  readonly caller: string;
  /** How many of those that asked are let through. */
  readonly granted: number;
  /** Milliseconds until the caller's bucket is full. */
  readonly fullInMs: number;
}

export interface FleetRateLimitOptions {
  readonly perMinute: number;
  /** Takes requests off the buckets that all gateways share; rejects while they can't be had. */
  readonly count: (requests: readonly RequestsOfCaller[]) => Promise<readonly CountedCaller[]>;
}

/** How often what was let through is added to the shared buckets. */
const ADD_UP_MS = 500;
/** Those who wait are counted together, at most so often. */
const PACE_MS = 10;
/** Age after which a cached bucket is outdated: others may have taken from it. */
const KNOWN_FOR_MS = 5_000;

interface Known {
  /** When the bucket is full again as far as is known here (ms of performance.now). */
  fullAt: number;
  /** When the shared bucket was last looked at. */
  asOf: number;
  /** Let through and not added to the shared bucket yet. */
  served: number;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Requests per minute and caller, among all gateways. While a bucket is more than half full requests are let through here
 * and added to the shared bucket soon after; from then on, and where little is known, each is counted there before it is
 * let through. So the limit is exact where it matters, and costs nothing where it does not.
 */
export class FleetRateLimit implements CallerLimit {
  readonly #options: FleetRateLimitOptions;
  readonly #bucket: Bucket;
  /** A twentieth of a bucket: what one gateway may be wrong by. */
  readonly #mostServed: number;
  readonly #callers = new LRUCache<string, Known>({ max: MAX_CALLERS });
  /** Those of whom something was let through and not added to the shared bucket yet. */
  readonly #served = new Map<string, Known>();
  #waiting = new Map<string, Waiter[]>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #counting = false;
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(options: FleetRateLimitOptions) {
    this.#options = options;
    this.#bucket = bucketOfMinute(options.perMinute);
    this.#mostServed = Math.floor(options.perMinute / 20);
  }

  /** Takes one request off the caller's bucket. RateLimitedError where it is empty, the store's error where it is away. */
  take(caller: string): void | Promise<void> {
    const now = performance.now();
    const known = this.#known(caller);
    const waitMs = waitFor(this.#bucket, known.fullAt, now);
    if (waitMs > 0) throw tooManyRequests(waitMs);
    const isMoreThanHalf = tokensIn(this.#bucket, known.fullAt, now) - 1 >= this.#options.perMinute / 2;
    const isPlenty = isMoreThanHalf && known.served < this.#mostServed && now - known.asOf < KNOWN_FOR_MS;
    if (!isPlenty) return this.#ask(caller);
    this.#serve(caller, known, 1);
    return undefined;
  }

  spend(caller: string, requests: number): void {
    this.#serve(caller, this.#known(caller), requests);
  }

  #serve(caller: string, known: Known, requests: number): void {
    known.fullAt = take(this.#bucket, known.fullAt, performance.now(), requests, MOST_USED_MS);
    known.served += requests;
    this.#served.set(caller, known);
    this.#countIn(ADD_UP_MS);
  }

  #known(caller: string): Known {
    const known = this.#callers.get(caller) ?? this.#served.get(caller);
    if (known !== undefined) return known;
    const fresh: Known = { fullAt: 0, asOf: Number.NEGATIVE_INFINITY, served: 0 };
    this.#callers.set(caller, fresh);
    return fresh;
  }

  #ask(caller: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiting.get(caller) ?? [];
      waiters.push({ resolve, reject });
      this.#waiting.set(caller, waiters);
      this.#countIn(Math.max(0, this.#countedAt + PACE_MS - performance.now()));
    });
  }

  /** Counts after so many milliseconds, or sooner where that is planned already. */
  #countIn(ms: number): void {
    if (this.#counting) return;
    const at = performance.now() + ms;
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => void this.#count(), ms);
    if (this.#waiting.size === 0) this.#timer.unref();
  }

  async #count(): Promise<void> {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#counting = true;
    this.#countedAt = performance.now();
    const waiting = this.#waiting;
    this.#waiting = new Map();
    const requests = [...new Set([...this.#served.keys(), ...waiting.keys()])].map((caller) => ({
      caller,
      served: this.#served.get(caller)?.served ?? 0,
      asked: waiting.get(caller)?.length ?? 0,
    }));
    try {
      const counted = await this.#options.count(requests);
      const served = new Map(requests.map((each) => [each.caller, each.served]));
      for (const each of counted) this.#learn(each, served.get(each.caller) ?? 0, waiting.get(each.caller) ?? []);
    } catch (error) {
      // Allowed requests are still to be added; waiting requests get the error.
      for (const { reject } of [...waiting.values(), ...this.#waiting.values()].flat()) reject(error);
      this.#waiting.clear();
    }
    this.#counting = false;
    if (this.#waiting.size > 0) this.#countIn(Math.max(0, this.#countedAt + PACE_MS - performance.now()));
    else if (this.#served.size > 0) this.#countIn(ADD_UP_MS);
  }

  #learn({ caller, granted, fullInMs }: CountedCaller, served: number, waiters: readonly Waiter[]): void {
    const now = performance.now();
    const known = this.#known(caller);
    known.served -= served;
    known.fullAt = take(this.#bucket, now + fullInMs, now, known.served);
    known.asOf = now;
    if (known.served === 0) this.#served.delete(caller);
    for (const { resolve } of waiters.slice(0, granted)) resolve();
    for (const { reject } of waiters.slice(granted))
      reject(tooManyRequests(waitFor(this.#bucket, now + fullInMs, now)));
  }
}
