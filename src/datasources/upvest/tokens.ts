import { UpstreamUnavailableError } from '../../errors.ts';
import type { CallOptions, UpstreamClient, WireAnswer } from '../upstream/client.ts';
import { joinUntil } from '../upstream/deadline.ts';
import { isObject } from '../upstream/exact-json.ts';
import { SharedReads } from '../upstream/flight.ts';

/** What the token call needs besides a signature. */
export interface ClientSecret {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** How a token call ended, where it was answered at all. The answer is for the doctor; it is never logged. */
export type TokenAnswer =
  | { readonly kind: 'token'; readonly token: string; readonly expiresInMs: number; readonly scope: string | null }
  | { readonly kind: 'refused'; readonly answer: WireAnswer }
  | { readonly kind: 'unreadable' };

/** Upvest's pattern for the header that carries it; also what keeps a strange answer from becoming two headers. */
const ACCESS_TOKEN = /^[a-zA-Z0-9\-._~+/]+=*$/;
/** For an answer without `expires_in`, which is documented as required. */
const UNSTATED_LIFETIME_SECONDS = '60';

/**
 * Asks for a token (`POST /auth/token`, form-encoded). Repeating it does no harm, so it is sent as a read: with retries.
 * Throws UpstreamUnavailableError where no answer comes.
 */
export async function requestToken(
  client: Pick<UpstreamClient, 'read'>,
  { clientId, clientSecret }: ClientSecret,
  scope: string,
  options: CallOptions = {},
): Promise<TokenAnswer> {
  const form = { client_id: clientId, client_secret: clientSecret, grant_type: 'client_credentials', scope };
  const answer = await client.read(
    {
      method: 'POST',
      path: '/auth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      operation: 'upvest.token',
    },
    options,
  );
  if (!answer.ok) return { kind: 'refused', answer };
  return readToken(answer) ?? { kind: 'unreadable' };
}

function readToken(answer: WireAnswer): TokenAnswer | undefined {
  try {
    const body = answer.json();
    if (!isObject(body)) return undefined;
    const { access_token: token, expires_in: lifetime = UNSTATED_LIFETIME_SECONDS, scope = null } = body;
    if (typeof token !== 'string' || !ACCESS_TOKEN.test(token)) return undefined;
    if (typeof lifetime !== 'string' || !/^\d{1,9}$/.test(lifetime)) return undefined;
    return {
      kind: 'token',
      token,
      expiresInMs: Number(lifetime) * 1000,
      scope: typeof scope === 'string' ? scope : null,
    };
  } catch {
    return undefined;
  }
}

interface HeldToken {
  readonly text: string;
  /** From then on a new one is fetched behind the calls that still use this one (ms of performance.now). */
  readonly refreshAt: number;
  /** From then on calls wait for the new one. */
  readonly unusableAt: number;
}

export interface TokenSourceOptions {
  readonly client: Pick<UpstreamClient, 'read'>;
  readonly secret: ClientSecret;
  /** Scopes, separated by spaces. */
  readonly scope: string;
  /** Milliseconds that only grow. Default: performance.now. */
  readonly now?: (() => number) | undefined;
}

/** Upvest's example clients stop using a token five seconds before its end; short-lived ones lose a tenth. */
const MAX_SAFETY_MS = 5_000;
/** A refused client is not asked again for this long, however many calls come. */
const REFUSAL_INTERVAL_MS = 1_000;
/** A token that replaced a refused one and is refused itself: the token is not what is wrong. */
const DISCARD_INTERVAL_MS = 5_000;

/** The token of one scope set: fetched once for all who wait, renewed before it ends. */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  readonly #now: () => number;
  readonly #fetches = new SharedReads<string>();
  #held: HeldToken | undefined;
  #discardedAt = Number.NEGATIVE_INFINITY;
  #refused: { readonly at: number; readonly error: UpstreamUnavailableError } | undefined;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * A token that holds. Throws UpstreamUnavailableError where there is none to be had in time, the signal's reason when
   * it fires first.
   */
  async get(options: CallOptions): Promise<string> {
    const held = this.#held;
    const now = this.#now();
    if (held === undefined || now >= held.unusableAt) {
      return await joinUntil('UPVEST', options, (signal) =>
        this.#fetches.run('token', () => this.#fetch(), { signal }),
      );
    }
    if (now >= held.refreshAt) this.#refreshBehind();
    return held.text;
  }

  holds(token: string): boolean {
    return this.#held?.text === token;
  }

  /** Drops a token that was refused. False where that was tried a moment ago and did not help. */
  discard(token: string): boolean {
    if (!this.holds(token)) return true;
    if (this.#now() - this.#discardedAt < DISCARD_INTERVAL_MS) return false;
    this.#discardedAt = this.#now();
    this.#held = undefined;
    return true;
  }

  /** One at a time; when it fails, the token at hand serves on and the next call tries again. */
  #refreshBehind(): void {
    this.#fetches.run('token', () => this.#fetch()).catch(() => {});
  }

  async #fetch(): Promise<string> {
    if (this.#refused !== undefined && this.#now() - this.#refused.at < REFUSAL_INTERVAL_MS) {
      throw this.#refused.error;
    }
    const askedAt = this.#now();
    const { client, secret, scope } = this.#options;
    const result = await requestToken(client, secret, scope);
    if (result.kind !== 'token') {
      const status = result.kind === 'refused' ? result.answer.status : undefined;
      const error = new UpstreamUnavailableError('UPVEST', 'unauthenticated', { status });
      this.#refused = { at: this.#now(), error };
      throw error;
    }
    this.#refused = undefined;
    const safetyMs = Math.min(MAX_SAFETY_MS, result.expiresInMs / 10);
    this.#held = {
      text: result.token,
      refreshAt: askedAt + result.expiresInMs * 0.8,
      unusableAt: askedAt + result.expiresInMs - safetyMs,
    };
    return result.token;
  }
}
