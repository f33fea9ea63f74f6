import type { Runtime } from '../../domain/runtime.ts';
import type { CallOptions, Credentials, WireAnswer, WireRequest } from '../upstream/client.ts';
import { type Capability, isCapability } from './capabilities.ts';
import { signRequest } from './signature.ts';
import type { SigningKey } from './signing-key.ts';
import type { TokenSource } from './tokens.ts';

/** The gateway's identity at Upvest. */
export interface UpvestIdentity {
  readonly clientId: string;
  readonly keyId: string;
  readonly key: SigningKey;
  readonly runtime: Runtime;
}

/**
 * How long a signature holds. Upvest's own examples use 5, 10 and 60 s and no limit is published; a minute is what its
 * signing proxy takes, and forgives a clock that is some seconds off.
 */
const SIGNATURE_LIFETIME_SECONDS = 60;

/** All headers of a request, signed now. `accessToken` is left out for the token call only. */
export async function signedHeaders(
  identity: UpvestIdentity,
  request: WireRequest,
  path: string,
  accessToken?: string,
): Promise<Readonly<Record<string, string>>> {
  const queryAt = path.indexOf('?');
  const created = Math.floor(identity.runtime.now() / 1000);
  return await signRequest(
    {
      method: request.method,
      path: queryAt === -1 ? path : path.slice(0, queryAt),
      query: queryAt === -1 ? '' : path.slice(queryAt),
      headers: {
        accept: 'application/json',
        'upvest-api-version': '1',
        'upvest-client-id': identity.clientId,
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
        ...request.headers,
      },
      body: request.body === undefined ? undefined : Buffer.from(request.body),
    },
    identity,
    { created, expires: created + SIGNATURE_LIFETIME_SECONDS, nonce: identity.runtime.uuid() },
  );
}

/** Signs the token call, which needs no token. */
export const signatureOnly = (identity: UpvestIdentity): Credentials => ({
  sign: async (request, path) => await signedHeaders(identity, request, path),
});

/** The scope sets that we hold tokens for. Upvest advises separate tokens for reading and for writing. */
export type ScopeSet = 'read' | 'write' | 'webhooks';

export type UpvestTokens = Readonly<Record<ScopeSet | Capability, TokenSource>>;

/** Signs every other call, with the token that it names, else with that of its kind of call. */
export class SignedWithToken implements Credentials {
  readonly #identity: UpvestIdentity;
  readonly tokens: UpvestTokens;

  constructor(identity: UpvestIdentity, tokens: UpvestTokens) {
    this.#identity = identity;
    this.tokens = tokens;
  }

  async sign(request: WireRequest, path: string, options: CallOptions): Promise<Readonly<Record<string, string>>> {
    const { token: named } = request;
    const source = named !== undefined && isCapability(named) ? named : scopeSetOf(request);
    const token = await this.tokens[source].get(options);
    return await signedHeaders(this.#identity, request, path, token);
  }

  /** After a 401 a new token is fetched, unless that has just been done. A 403 is a missing scope: no token helps. */
  renew(answer: WireAnswer, sentHeaders: Readonly<Record<string, string>>): boolean {
    if (answer.status !== 401) return false;
    const refused = sentHeaders['authorization']?.slice('Bearer '.length) ?? '';
    // Each source answers whether it has, or will fetch, another token than the refused one.
    const holder = Object.values(this.tokens).find((source) => source.holds(refused));
    return holder === undefined || holder.discard(refused);
  }
}

/** Keys of webhooks are asked for with a token of their own: a tenant without that scope can still read and write. */
function scopeSetOf(request: WireRequest): ScopeSet {
  if (request.path.startsWith('/auth/verify_keys') || request.path.startsWith('/webhooks')) return 'webhooks';
  return request.method === 'GET' ? 'read' : 'write';
}
