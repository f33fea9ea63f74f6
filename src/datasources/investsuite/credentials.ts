import { UpstreamUnavailableError } from '../../errors.ts';
import type { CallOptions, Credentials, UpstreamClient, WireRequest } from '../upstream/client.ts';
import { joinUntil } from '../upstream/deadline.ts';
import { stringifyExactJson, type Writable } from '../upstream/exact-json.ts';
import { SharedReads } from '../upstream/flight.ts';
import type { WireAnswer } from '../upstream/wire-answer.ts';
import { readToken, type WireToken } from './token-wire.ts';

/** The keys of the gateway's own account at InvestSuite. */
export interface AccessKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Token extends WireToken {
  readonly authorization: string;
  /** ms of performance.now, all of them. */
  readonly refreshAt: number;
  /** Close to its end it might run out on its way. */
  readonly usableUntil: number;
  readonly expiresAt: number;
  /** From then on InvestSuite may think that it has run out: how it counts is not known. */
  readonly oldAt: number;
}

/** What a request is sent without: to log in, nothing but the keys in the body is needed. */
export const NO_CREDENTIALS: Credentials = { sign: async (request) => request.headers };

const BACKGROUND_RETRY_MS = 1_000;
/** More new tokens than this in a row help nobody: then it is not the token that is wrong. */
const MAX_RENEWALS = 5;
const RENEWALS_WINDOW_MS = 10_000;

/**
 * InvestSuite's way in: a login with our keys gives an access token of a few minutes and a refresh token. A new one is
 * fetched before the old one ends (by refreshing it, else by a new login), once for all who wait; a 401 throws the token
 * away once. What is documented: `POST /auth/login/`, `POST /auth/refresh-token/` within the token's lifetime.
 */
export class InvestSuiteCredentials implements Credentials {
  /** A client of its own: all places of the other may be taken by calls that wait for this token. */
  readonly #client: UpstreamClient;
  readonly #keys: AccessKeys;
  readonly #loginRetryMs: number;
  readonly #flights = new SharedReads<Token>();
  #token: Token | undefined;
  #replaced: Token | undefined;
  #renewals: readonly number[] = [];
  #backgroundAt = Number.NEGATIVE_INFINITY;
  #refused: { readonly error: UpstreamUnavailableError; readonly until: number } | undefined;

  constructor(client: UpstreamClient, keys: AccessKeys, loginRetryMs: number) {
    this.#client = client;
    this.#keys = keys;
    this.#loginRetryMs = loginRetryMs;
  }

  /** Throws UpstreamUnavailableError: `unauthenticated` where InvestSuite does not take our keys. */
  async sign(request: WireRequest, _path: string, options: CallOptions): Promise<Readonly<Record<string, string>>> {
    const token = await this.#usable(options);
    return { ...request.headers, authorization: token.authorization };
  }

  /**
   * A 401 means that the token is not taken (any more). A 403 mostly means that we may not see something, so it counts
   * only for an old token: the vendor's pages name both for an expired one.
   */
  renew(answer: WireAnswer, sentHeaders: Readonly<Record<string, string>>): boolean {
    const sent = sentHeaders['authorization'];
    const current = this.#token;
    const of = [current, this.#replaced].find((token) => token?.authorization === sent);
    if (answer.status === 403 && (of === undefined || performance.now() < of.oldAt)) return false;
    if (current === undefined || current.authorization !== sent) return true;
    if (!this.#mayRenew()) return false;
    this.#replaced = current;
    this.#token = undefined;
    return true;
  }

  /** Gets a token, if there is none, and throws what `sign` would. */
  async logIn(options: CallOptions = {}): Promise<void> {
    await this.#usable(options);
  }

  async #usable(options: CallOptions): Promise<Token> {
    const token = this.#token;
    const now = performance.now();
    if (token !== undefined && now < token.usableUntil) {
      if (now >= token.refreshAt && now >= this.#backgroundAt) this.#renewInBackground(now);
      return token;
    }
    return await joinUntil('INVESTSUITE', options, (signal) => this.#obtain(signal));
  }

  #obtain(signal?: AbortSignal): Promise<Token> {
    return this.#flights.run('token', (inner) => this.#newToken(inner), { signal });
  }

  /** The old token still works, so nobody waits and a failure is not yet one. */
  #renewInBackground(now: number): void {
    this.#backgroundAt = now + BACKGROUND_RETRY_MS;
    this.#obtain().catch(() => undefined);
  }

  async #newToken(signal: AbortSignal): Promise<Token> {
    const old = this.#token;
    const refreshed =
      old?.refreshToken !== undefined && performance.now() < old.expiresAt
        ? await this.#refresh(old.refreshToken)
        : undefined;
    const token = refreshed ?? (await this.#login(signal));
    this.#replaced = old;
    this.#token = token;
    return token;
  }

  /** Undefined where it did not work, for whatever reason: a login will tell more. */
  async #refresh(refreshToken: string): Promise<Token | undefined> {
    const startedAt = performance.now();
    const attempt = await this.#client.write(
      authRequest('/auth/refresh-token/', 'investsuite.auth.refresh', { refresh_token: refreshToken }),
    );
    if (attempt.kind !== 'answered' || !attempt.answer.ok) return undefined;
    const wire = readToken(attempt.answer);
    // An answer without a new refresh token leaves the old one in force.
    return wire === undefined ? undefined : timed({ refreshToken, ...wire }, startedAt);
  }

  async #login(signal: AbortSignal): Promise<Token> {
    const startedAt = performance.now();
    if (this.#refused !== undefined && startedAt < this.#refused.until) throw this.#refused.error;
    const answer = await this.#client.read(
      authRequest('/auth/login/', 'investsuite.auth.login', {
        access_key_id: this.#keys.accessKeyId,
        secret_access_key: this.#keys.secretAccessKey,
      }),
      { signal },
    );
    const wire = answer.ok ? readToken(answer) : undefined;
    if (wire === undefined) throw this.#remember(answer.status);
    this.#refused = undefined;
    return timed(wire, startedAt);
  }

  /** Wrong keys stay wrong: they are not sent with every request, lest the account be locked. */
  #remember(status: number): UpstreamUnavailableError {
    const error = new UpstreamUnavailableError('INVESTSUITE', 'unauthenticated', { status });
    this.#refused = { error, until: performance.now() + this.#loginRetryMs };
    return error;
  }

  #mayRenew(): boolean {
    const now = performance.now();
    this.#renewals = this.#renewals.filter((at) => now - at < RENEWALS_WINDOW_MS);
    if (this.#renewals.length >= MAX_RENEWALS) return false;
    this.#renewals = [...this.#renewals, now];
    return true;
  }
}

function authRequest(path: string, operation: string, body: Writable): WireRequest {
  return {
    method: 'POST',
    path,
    operation,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: stringifyExactJson(body),
  };
}

/** Counted from before the call, so that we never think a token lives longer than it does. */
function timed(wire: WireToken, startedAt: number): Token {
  const { lifetimeMs } = wire;
  const expiresAt = startedAt + lifetimeMs;
  return {
    ...wire,
    authorization: `Bearer ${wire.accessToken}`,
    refreshAt: expiresAt - Math.min(30_000, lifetimeMs / 5),
    usableUntil: expiresAt - Math.min(2_000, lifetimeMs / 20),
    expiresAt,
    oldAt: startedAt + lifetimeMs / 2,
  };
}
