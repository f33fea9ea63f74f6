/**
 * At most so many calls a second, by default with a burst of a tenth of that; callers get their turns in order. (The generic cell
 * rate algorithm: a token bucket kept as one time stamp.)
 */
export class TokenBucket {
  readonly #intervalMs: number;
  readonly #burstMs: number;
  /** When the bucket would be full again (ms of performance.now). */
  #fullAt = 0;

  /** `burst`: calls that may go at once after a pause. */
  constructor(perSecond: number, burst: number = Math.floor(perSecond / 10)) {
    this.#intervalMs = 1000 / perSecond;
    this.#burstMs = Math.max(0, burst - 1) * this.#intervalMs;
  }

  /** Milliseconds that a new call would wait; 0 means it may go now. */
  waitMs(now: number = performance.now()): number {
    return Math.max(0, this.#fullAt - this.#burstMs - now);
  }

  /** Takes a turn and says how many milliseconds it is away. */
  reserve(now: number = performance.now()): number {
    const waitMs = this.waitMs(now);
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
    return waitMs;
  }
}
