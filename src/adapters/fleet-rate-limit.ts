import { RateLimitedError } from '../errors.ts';
import { type CallerLimit, MOST_USED_MS } from './rate-limit.ts';

/** What a gateway tells of one caller, see {@link FleetRateLimitOptions.count}. */
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

const WINDOW_MS = 60_000;
/** How often what was let through is added to the shared buckets. */
const ADD_UP_MS = 500;
/** Those who wait are counted together, at most so often. */
const PACE_MS = 10;
/** What is known of a bucket is too old after this: others may have taken from it. */
const KNOWN_FOR_MS = 5_000;
/** Most callers remembered at once. */
const MAX_CALLERS = 50_000;

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
  readonly #intervalMs: number;
  /** A twentieth of a bucket: what one gateway may be wrong by. */
  readonly #mostServed: number;
  readonly #callers = new Map<string, Known>();
  readonly #served = new Set<string>();
  #waiting = new Map<string, Waiter[]>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #counting = false;
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(options: FleetRateLimitOptions) {
    this.#options = options;
    this.#intervalMs = WINDOW_MS / options.perMinute;
    this.#mostServed = Math.floor(options.perMinute / 20);
  }

  /** Takes one request off the caller's bucket. RateLimitedError where it is empty, the store's error where it is away. */
  take(caller: string): void | Promise<void> {
    const now = performance.now();
    const known = this.#known(caller);
    const usedMs = Math.max(known.fullAt, now) - now + this.#intervalMs;
    if (usedMs > WINDOW_MS + 0.001) throw tooMany(usedMs);
    const isPlenty = usedMs <= WINDOW_MS / 2 && known.served < this.#mostServed && now - known.asOf < KNOWN_FOR_MS;
    if (!isPlenty) return this.#ask(caller);
    known.fullAt = now + usedMs;
    known.served += 1;
    this.#served.add(caller);
    this.#countIn(ADD_UP_MS);
    return undefined;
  }

  spend(caller: string, requests: number): void {
    const now = performance.now();
    const known = this.#known(caller);
    const fullAt = Math.max(known.fullAt, now) + requests * this.#intervalMs;
    known.fullAt = Math.min(fullAt, now + MOST_USED_MS);
    known.served += requests;
    this.#served.add(caller);
    this.#countIn(ADD_UP_MS);
  }

  #known(caller: string): Known {
    const known = this.#callers.get(caller) ?? { fullAt: 0, asOf: Number.NEGATIVE_INFINITY, served: 0 };
    // The map is in order of last use: idle callers stand first.
    this.#callers.delete(caller);
    this.#callers.set(caller, known);
    if (this.#callers.size > MAX_CALLERS) this.#forget();
    return known;
  }

  #forget(): void {
    for (const [caller, known] of this.#callers) {
      if (this.#callers.size <= MAX_CALLERS) return;
      if (known.served === 0) this.#callers.delete(caller);
    }
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
    const requests = [...new Set([...this.#served, ...waiting.keys()])].map((caller) => ({
      caller,
      served: this.#callers.get(caller)?.served ?? 0,
      asked: waiting.get(caller)?.length ?? 0,
    }));
    this.#served.clear();
    try {
      const counted = await this.#options.count(requests);
      const served = new Map(requests.map((each) => [each.caller, each.served]));
      for (const each of counted) this.#learn(each, served.get(each.caller) ?? 0, waiting.get(each.caller) ?? []);
    } catch (error) {
      // What was let through is still to be added; those who wait, and who came meanwhile, hear of it.
      for (const { caller, served } of requests) if (served > 0) this.#served.add(caller);
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
    known.fullAt = now + fullInMs + known.served * this.#intervalMs;
    known.asOf = now;
    if (known.served > 0) this.#served.add(caller);
    for (const { resolve } of waiters.slice(0, granted)) resolve();
    for (const { reject } of waiters.slice(granted)) reject(tooMany(fullInMs + this.#intervalMs));
  }
}

const tooMany = (usedMs: number): RateLimitedError =>
  new RateLimitedError(Math.max(1, Math.ceil((usedMs - WINDOW_MS) / 1000)));
