import type { Runtime } from '../../domain/runtime.ts';
import { type UpstreamSystem, UpstreamUnavailableError } from '../../errors.ts';
import type { CallOptions } from './client.ts';
import { joinUntil } from './deadline.ts';
import { SharedReads } from './flight.ts';

/** A token as an upstream gives it. */
export interface GivenToken {
  readonly text: string;
  readonly lifetimeMs: number;
}

/** A token, with monotonic times in milliseconds counted from before the request. */
export type Held<T extends GivenToken> = T & { readonly askedAt: number; readonly expiresAt: number };

export interface HeldTokenOptions<T extends GivenToken> {
  readonly system: UpstreamSystem;
  /**
   * Fetches a token; `old` may be exchanged for it. Rejects with an UpstreamUnavailableError, `unauthenticated` for
   * refused credentials. The signal fires when no call waits any more.
   */
  readonly obtain: (old: Held<T> | undefined, signal: AbortSignal) => Promise<T>;
  /** How long before its end a token is renewed, behind the calls that still use it. */
  readonly renewBeforeMs: (lifetimeMs: number) => number;
  /** How long before its end calls wait for the next one: it might expire in transit. */
  readonly unusableBeforeMs: (lifetimeMs: number) => number;
  /** Time without further requests after a refusal, in milliseconds, lest the account be locked. */
  readonly refusedForMs: (error: UpstreamUnavailableError) => number;
  readonly runtime: Runtime;
}

/** After a renewal behind the calls has failed: the token at hand serves on. */
const RENEWAL_INTERVAL_MS = 1_000;

/** Cached token: fetched once for all waiting calls, renewed before it ends. */
export class HeldToken<T extends GivenToken> {
  readonly #options: HeldTokenOptions<T>;
  readonly #fetches = new SharedReads<Held<T>>();
  #current: Held<T> | undefined;
  #previous: Held<T> | undefined;
  #renewAgainAt = Number.NEGATIVE_INFINITY;
  #refused: { readonly error: UpstreamUnavailableError; readonly until: number } | undefined;

  constructor(options: HeldTokenOptions<T>) {
    this.#options = options;
  }

  /** The one in use and the one before it, as far as there are any. */
  get known(): readonly Held<T>[] {
    return [this.#current, this.#previous].filter((token) => token !== undefined);
  }

  get current(): Held<T> | undefined {
    return this.#current;
  }

  get now(): number {
    return this.#options.runtime.monotonicMs();
  }

  /**
   * A token that holds. Throws UpstreamUnavailableError where there is none to be had in time, the signal's reason when it
   * fires first.
   */
  async get(options: CallOptions): Promise<Held<T>> {
    const { system, runtime, renewBeforeMs, unusableBeforeMs } = this.#options;
    const token = this.#current;
    const { now } = this;
    if (token === undefined || now >= token.expiresAt - unusableBeforeMs(token.lifetimeMs)) {
      return await joinUntil(system, options, runtime, (signal) => this.#fetchOnce(signal));
    }
    if (now >= token.expiresAt - renewBeforeMs(token.lifetimeMs) && now >= this.#renewAgainAt) {
      this.#renewAgainAt = now + RENEWAL_INTERVAL_MS;
      // The old token still works, so no call waits, and a failure has no effect yet.
      this.#fetchOnce().catch(() => undefined);
    }
    return token;
  }

  /** Why there is no token, and none is asked for now; undefined otherwise. */
  get refusal(): UpstreamUnavailableError | undefined {
    return this.#refused !== undefined && this.now < this.#refused.until ? this.#refused.error : undefined;
  }

  /** Drops the token: this error is thrown, and none asked for, for as long as after a refusal. */
  refuse(error: UpstreamUnavailableError): void {
    this.drop();
    this.#rest(error);
  }

  /** The next call fetches a new one. */
  drop(): void {
    this.#previous = this.#current;
    this.#current = undefined;
  }

  #rest(error: UpstreamUnavailableError): void {
    this.#refused = { error, until: this.now + this.#options.refusedForMs(error) };
  }

  #fetchOnce(signal?: AbortSignal): Promise<Held<T>> {
    return this.#fetches.run('token', (inner) => this.#fetch(inner), { signal });
  }

  async #fetch(signal: AbortSignal): Promise<Held<T>> {
    const { obtain } = this.#options;
    const old = this.#current;
    const { now: askedAt } = this;
    const { refusal } = this;
    if (refusal !== undefined) throw refusal;
    try {
      const given = await obtain(old, signal);
      this.#refused = undefined;
      if (old !== undefined) this.#previous = old;
      this.#current = { ...given, askedAt, expiresAt: askedAt + given.lifetimeMs };
      return this.#current;
    } catch (error) {
      const isRefusal = error instanceof UpstreamUnavailableError && error.reason === 'unauthenticated';
      if (isRefusal) this.#rest(error);
      throw error;
    }
  }
}
