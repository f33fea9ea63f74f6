import type { Runtime } from '../../domain/runtime.ts';
import { UpstreamUnavailableError } from '../../errors.ts';
import type { CallOptions, Credentials, UpstreamClient, WireRequest } from '../upstream/client.ts';
import { stringifyExactJson, type Writable } from '../upstream/exact-json.ts';
import { type Held, HeldToken } from '../upstream/held-token.ts';
import type { WireAnswer } from '../upstream/wire-answer.ts';
import { readToken, type WireToken } from './token-wire.ts';

/** The keys of the gateway's own account at InvestSuite. */
export interface AccessKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** For the login, which needs only the keys in its body. */
export const NO_CREDENTIALS: Credentials = { sign: async (request) => request.headers };

/** After this many new tokens in a row the token is not the problem. */
const MAX_RENEWALS = 5;
const RENEWALS_WINDOW_MS = 10_000;

/**
 * InvestSuite's credentials: a login with the access keys returns an access token of a few minutes and a refresh token.
 * A new token is fetched before the old one ends (by refresh, else by login), once for all waiting calls; a 401
 * discards the token once. Documented: `POST /auth/login/`, `POST /auth/refresh-token/` within the token's lifetime.
 */
export class InvestSuiteCredentials implements Credentials {
  /** A separate client: all slots of the other may be taken by calls that wait for this token. */
  readonly #client: UpstreamClient;
  readonly #keys: AccessKeys;
  readonly #token: HeldToken<WireToken>;
  readonly #runtime: Runtime;
  #renewals: readonly number[] = [];

  constructor(
    client: UpstreamClient,
    keys: AccessKeys,
    { loginRetryMs, runtime }: { readonly loginRetryMs: number; readonly runtime: Runtime },
  ) {
    this.#runtime = runtime;
    this.#client = client;
    this.#keys = keys;
    this.#token = new HeldToken({
      system: 'INVESTSUITE',
      runtime,
      obtain: async (old, signal) => (await this.#refresh(old)) ?? (await this.#login(signal)),
      renewBeforeMs: (lifetimeMs) => Math.min(30_000, lifetimeMs / 5),
      unusableBeforeMs: (lifetimeMs) => Math.min(2_000, lifetimeMs / 20),
      refusedForMs: () => loginRetryMs,
    });
  }

  /** Throws UpstreamUnavailableError: `unauthenticated` where InvestSuite does not take our keys. */
  async sign(request: WireRequest, _path: string, options: CallOptions): Promise<Readonly<Record<string, string>>> {
    return { ...request.headers, authorization: bearer(await this.#token.get(options)) };
  }

  /**
   * A 401 means that the token is not taken (any more). A 403 mostly means that we may not see something, so it counts
   * only for an old token: the vendor's pages name both for an expired one.
   */
  renew(answer: WireAnswer, sentHeaders: Readonly<Record<string, string>>): boolean {
    const sent = sentHeaders['authorization'];
    const { current, known, now } = this.#token;
    const of = known.find((token) => bearer(token) === sent);
    // Half-way to its end InvestSuite may think that it has run out: how it counts is not known.
    const isYoung = of === undefined || now < of.askedAt + of.lifetimeMs / 2;
    if (answer.status === 403 && isYoung) return false;
    if (current === undefined || bearer(current) !== sent) return true;
    if (!this.#mayRenew()) return false;
    this.#token.drop();
    return true;
  }

  /** Gets a token, if there is none, and throws what `sign` would. */
  async logIn(options: CallOptions = {}): Promise<void> {
    await this.#token.get(options);
  }

  /** Undefined where it failed, for any reason: a login follows, whose failure is reported. */
  async #refresh(old: Held<WireToken> | undefined): Promise<WireToken | undefined> {
    const refreshToken = old?.refreshToken;
    if (refreshToken === undefined || this.#token.now >= (old?.expiresAt ?? 0)) return undefined;
    const attempt = await this.#client.write(
      authRequest('/auth/refresh-token/', 'investsuite.auth.refresh', { refresh_token: refreshToken }),
    );
    if (attempt.kind !== 'answered' || !attempt.answer.ok) return undefined;
    const wire = readToken(attempt.answer, this.#runtime);
    // An answer without a new refresh token leaves the old one in force.
    return wire === undefined ? undefined : { refreshToken, ...wire };
  }

  async #login(signal: AbortSignal): Promise<WireToken> {
    const answer = await this.#client.read(
      authRequest('/auth/login/', 'investsuite.auth.login', {
        access_key_id: this.#keys.accessKeyId,
        secret_access_key: this.#keys.secretAccessKey,
      }),
      { signal },
    );
    const wire = answer.ok ? readToken(answer, this.#runtime) : undefined;
    if (wire !== undefined) return wire;
    throw new UpstreamUnavailableError('INVESTSUITE', 'unauthenticated', { status: answer.status });
  }

  #mayRenew(): boolean {
    const now = this.#runtime.monotonicMs();
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

const bearer = ({ text }: WireToken): string => `Bearer ${text}`;
