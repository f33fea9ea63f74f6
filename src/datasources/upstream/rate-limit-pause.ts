import { type Runtime, systemRuntime } from '../../domain/runtime.ts';
import { pause } from './pause.ts';

/** Longest pause, whatever the upstream asks for: a wrong header must not cost a day. */
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * `Retry-After` in milliseconds, at most 60,000; undefined where there is no valid one. It is seconds or a date; a date
 * is relative to the answer's own `Date`, independent of the local clock.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string | undefined>>,
  runtime: Pick<Runtime, 'now'>,
): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  // Two proxies may each have added one.
  if (/^[\d.]+(\s*,\s*[\d.]+)*$/.test(value)) {
    const seconds = Math.max(...value.split(',').map(Number));
    return Number.isNaN(seconds) ? undefined : Math.min(seconds * 1000, MAX_RETRY_AFTER_MS);
  }
  const at = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const answeredAt = Date.parse(headers['date'] ?? '');
  const waitMs = at - (Number.isNaN(answeredAt) ? runtime.now() : answeredAt);
  return Math.min(Math.max(0, waitMs), MAX_RETRY_AFTER_MS);
}

/**
 * The time in which no caller's request is sent to an upstream that answered 429 with `Retry-After`. One for all clients
 * of one tenant at one upstream: the upstream counts them together.
 */
export class RateLimitPause {
  /** By the monotonic clock, in milliseconds. */
  #until = 0;
  #toldUntil = 0;
  #telling = false;
  readonly #runtime: Runtime;
  readonly #tell: ((leftMs: number) => Promise<void>) | undefined;

  /** @param tell reports the pause to other processes; never rejects. Called once at a time, with the longest pause. */
  constructor(tell?: (leftMs: number) => Promise<void>, runtime: Runtime = systemRuntime) {
    this.#runtime = runtime;
    this.#tell = tell;
  }

  /** Begins or extends a pause, and reports it. */
  begin(waitMs: number, now: number = this.#runtime.monotonicMs()): void {
    this.hear(waitMs, now);
    void this.#tellAll();
  }

  /** As `begin`, for a pause that another process has reported. */
  hear(waitMs: number, now: number = this.#runtime.monotonicMs()): void {
    this.#until = Math.max(this.#until, now + waitMs);
  }

  async #tellAll(): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    for (let leftMs = this.leftMs(); leftMs > 0 && this.#until > this.#toldUntil; leftMs = this.leftMs()) {
      this.#toldUntil = this.#until;
      await this.#tell?.(leftMs);
    }
    this.#telling = false;
  }

  /** 0: calls may leave. */
  leftMs(now: number = this.#runtime.monotonicMs()): number {
    return Math.max(0, this.#until - now);
  }

  /** Resolves to true when calls may leave, at once to false where that is not before `deadlineAt`; rejects by the signal. */
  async over(deadlineAt: number, signal: AbortSignal | undefined): Promise<boolean> {
    // It may have been made longer meanwhile.
    for (let leftMs = this.leftMs(); leftMs > 0; leftMs = this.leftMs()) {
      if (this.#runtime.monotonicMs() + leftMs >= deadlineAt) return false;
      await pause(this.#runtime, leftMs, signal);
    }
    return true;
  }
}
