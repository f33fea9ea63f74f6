import { CapabilityNotGrantedError, UpstreamUnavailableError } from '../../errors.ts';
import type { CallOptions, UpstreamClient, WireAnswer } from '../upstream/client.ts';
import { isObject } from '../upstream/exact-json.ts';
import { type GivenToken, HeldToken, type HeldTokenOptions } from '../upstream/held-token.ts';

/** Credentials of the token call besides the signature. */
export interface ClientSecret {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** How a token call ended, where it was answered at all. The answer is for the doctor; it is never logged. */
export type TokenAnswer =
  | (GivenToken & { readonly kind: 'token'; readonly scope: string | null })
  | { readonly kind: 'refused'; readonly answer: WireAnswer }
  | { readonly kind: 'unreadable' };

/** Upvest's pattern for the header that carries it; also what keeps a strange answer from becoming two headers. */
const ACCESS_TOKEN = /^[a-zA-Z0-9\-._~+/]+=*$/;
/** For an answer without `expires_in`, which is documented as required. */
const UNSTATED_LIFETIME_SECONDS = '60';

/**
 * Fetches a token (`POST /auth/token`, form-encoded). A repetition does no harm, so it is sent as a read, with retries.
 * Throws UpstreamUnavailableError where there is no answer.
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
      text: token,
      lifetimeMs: Number(lifetime) * 1000,
      scope: typeof scope === 'string' ? scope : null,
    };
  } catch {
    return undefined;
  }
}

export interface TokenSourceOptions extends Pick<HeldTokenOptions<GivenToken>, 'runtime'> {
  readonly client: Pick<UpstreamClient, 'read'>;
  readonly secret: ClientSecret;
  /** Scopes, separated by spaces. */
  readonly scope: string;
  /** Error of a refusal. Default: the credentials are refused. */
  readonly refused?: ((answer: WireAnswer) => UpstreamUnavailableError) | undefined;
}

/** Upvest's example clients stop using a token five seconds before its end; short-lived ones lose a tenth. */
const MAX_SAFETY_MS = 5_000;
/** Time without further requests after a refusal. */
const REFUSAL_INTERVAL_MS = 1_000;
/** The same for a capability that is not granted, which somebody would have to grant. */
const NOT_GRANTED_FOR_MS = 600_000;
/** A token that replaced a refused one and is refused itself: the token is not what is wrong. */
const DISCARD_INTERVAL_MS = 5_000;

const notLetIn = ({ status }: WireAnswer): UpstreamUnavailableError =>
  new UpstreamUnavailableError('UPVEST', 'unauthenticated', { status });

/** The token of one scope set. */
export class TokenSource {
  readonly #token: HeldToken<GivenToken>;
  #discardedAt = Number.NEGATIVE_INFINITY;

  constructor({ client, secret, scope, refused = notLetIn, runtime }: TokenSourceOptions) {
    this.#token = new HeldToken<GivenToken>({
      system: 'UPVEST',
      obtain: async () => {
        const result = await requestToken(client, secret, scope);
        if (result.kind === 'token') return result;
        throw result.kind === 'refused'
          ? refused(result.answer)
          : new UpstreamUnavailableError('UPVEST', 'unauthenticated');
      },
      renewBeforeMs: (lifetimeMs) => lifetimeMs * 0.2,
      unusableBeforeMs: (lifetimeMs) => Math.min(MAX_SAFETY_MS, lifetimeMs / 10),
      refusedForMs: (error) => (error instanceof CapabilityNotGrantedError ? NOT_GRANTED_FOR_MS : REFUSAL_INTERVAL_MS),
      runtime,
    });
  }

  /** A token that holds. Throws as {@link HeldToken.get}. */
  async get(options: CallOptions): Promise<string> {
    return (await this.#token.get(options)).text;
  }

  get isHeld(): boolean {
    return this.#token.current !== undefined;
  }

  /** Why there is no token, and none is asked for now; undefined otherwise. */
  get refusal(): UpstreamUnavailableError | undefined {
    return this.#token.refusal;
  }

  /** Calls with the token are refused: see {@link HeldToken.refuse}. */
  refuse(error: UpstreamUnavailableError): void {
    this.#token.refuse(error);
  }

  holds(token: string): boolean {
    return this.#token.current?.text === token;
  }

  /** Drops a token that was refused. False where that was tried a moment ago and did not help. */
  discard(token: string): boolean {
    if (!this.holds(token)) return true;
    const { now } = this.#token;
    if (now - this.#discardedAt < DISCARD_INTERVAL_MS) return false;
    this.#discardedAt = now;
    this.#token.drop();
    return true;
  }
}
