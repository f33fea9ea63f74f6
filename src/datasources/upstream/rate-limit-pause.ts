import { pause } from './pause.ts';

/** However long an upstream asks us to stay away, it is tried again after this: a wrong header must not cost a day. */
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * `Retry-After` in milliseconds, 60,000 at most; undefined where there is none that can be read. It is seconds or a date,
 * and a date is counted from the answer's own `Date`, so that it holds whatever our clock says.
 */
export function retryAfterMs(headers: Readonly<Record<string, string | undefined>>): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  // Two proxies may each have added one.
  if (/^[\d.]+(\s*,\s*[\d.]+)*$/.test(value)) {
    const seconds = Math.max(...value.split(',').map(Number));
    return Number.isNaN(seconds) ? undefined : Math.min(seconds * 1000, MAX_RETRY_AFTER_MS);
  }
  const at = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const answeredAt = Date.parse(headers['date'] ?? '');
  const waitMs = at - (Number.isNaN(answeredAt) ? Date.now() : answeredAt);
  return Math.min(Math.max(0, waitMs), MAX_RETRY_AFTER_MS);
}

/**
 * The time in which no caller's request is sent to an upstream that answered 429 with `Retry-After`. One for all clients
 * of one tenant at one upstream: the upstream counts them together.
 */
export class RateLimitPause {
  /** Milliseconds of performance.now. */
  #until = 0;
  #toldUntil = 0;
  #telling = false;
  readonly #tell: ((leftMs: number) => Promise<void>) | undefined;

  /** @param tell tells other processes; never rejects. It is called once at a time, with the longest pause known by then. */
  constructor(tell?: (leftMs: number) => Promise<void>) {
    this.#tell = tell;
  }

  /** Begins, or goes on until then where that is later. Others are told. */
  begin(waitMs: number, now: number = performance.now()): void {
    this.hear(waitMs, now);
    void this.#tellAll();
  }

  /** As `begin`, by what another process has told. */
  hear(waitMs: number, now: number = performance.now()): void {
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
  leftMs(now: number = performance.now()): number {
    return Math.max(0, this.#until - now);
  }

  /** Resolves to true when calls may leave, at once to false where that is not before `deadlineAt`; rejects by the signal. */
  async over(deadlineAt: number, signal: AbortSignal | undefined): Promise<boolean> {
    // It may have been made longer meanwhile.
    for (let leftMs = this.leftMs(); leftMs > 0; leftMs = this.leftMs()) {
      if (performance.now() + leftMs >= deadlineAt) return false;
      await pause(leftMs, signal);
    }
    return true;
  }
}
