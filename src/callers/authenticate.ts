import { createHash } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { parseUserId } from '../domain/ids.ts';
import { SCOPES, type Scope, type Viewer } from '../domain/viewer.ts';
import { OverloadedError, UnauthenticatedError } from '../errors.ts';
import { IssuerKeys } from './issuer-keys.ts';

/**
 * Authenticates a request. Throws UnauthenticatedError. An embedder may pass its own function; it gets the headers only
 * (of a WebSocket: the `authorization` of `connection_init`).
 */
export type Authenticate = (request: { readonly headers: Headers }) => Viewer | Promise<Viewer>;

/** Requirements of tokens. */
export interface AuthSettings {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly userClaim: string;
  /**
   * The `typ` that a token's header must have, such as `at+jwt` (RFC 9068): a media type, compared without case and
   * without `application/`. Default: every type, and a missing one.
   */
  readonly tokenType?: string | undefined;
  readonly clockToleranceSeconds: number;
}

/** Asymmetric algorithms only: with these a public key can't be used as a shared secret, and `none` is no algorithm. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Longer tokens are refused. The server limits headers, but not messages of a WebSocket. */
const MAX_TOKEN_LENGTH = 16_384;

/** Most verified tokens that are remembered, about 500 bytes each. */
const MAX_VERIFIED = 10_000;

/** Claims of a token that was verified with one read of the issuer's keys. */
interface Verified {
  readonly viewer: Viewer;
  readonly payload: JWTPayload;
  readonly read: object;
}

/**
 * Checks bearer tokens: signature, issuer, audience, expiry, and their kind where one is set. Keys come from the issuer's JWKS and are
 * cached. A token that comes again is not verified again, as that takes longer than a small query, until the keys are read anew; its
 * times are looked at each time. Tokens are remembered by their digest, so that none is kept.
 */
export function tokenAuthentication(settings: AuthSettings): Authenticate {
  const keys = new IssuerKeys(settings.jwksUrl);
  const verified = new LRUCache<string, Verified>({ max: MAX_VERIFIED });
  return async ({ headers }) => {
    const token = bearerToken(headers.get('authorization'));
    const digest = createHash('sha256').update(token).digest('base64');
    const known = verified.get(digest);
    const { read } = keys;
    if (known !== undefined && known.read === read && isTimely(known.payload, settings)) return known.viewer;
    const payload = await verify(token, keys.find, {
      issuer: settings.issuer,
      audience: settings.audience,
      ...(settings.tokenType !== undefined && { typ: settings.tokenType }),
      clockTolerance: settings.clockToleranceSeconds,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'sub'],
    }).catch(refuse);
    const viewer = viewerOf(payload, settings);
    if (read !== undefined) verified.set(digest, { viewer, payload, read });
    return viewer;
  };
}

/** As jose sees it. A token that is not is verified again, which says why. */
function isTimely({ exp = 0, nbf = 0 }: JWTPayload, { clockToleranceSeconds }: AuthSettings): boolean {
  const now = Math.floor(Date.now() / 1000);
  return exp > now - clockToleranceSeconds && nbf <= now + clockToleranceSeconds;
}

/** A token that names no key, while the issuer has several of its kind, is tried with each. */
async function verify(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const verified = await jwtVerify(token, key, options).catch(otherKey);
      if (verified !== undefined) return verified.payload;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function otherKey(error: unknown): undefined {
  if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
}

function bearerToken(header: string | null): string {
  const text = header?.trim() ?? '';
  const match = text.length > MAX_TOKEN_LENGTH ? null : /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(text);
  if (match?.[1] === undefined) throw new UnauthenticatedError('A bearer token is required.');
  return match[1];
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw new UnauthenticatedError('The token has expired.', { cause: error });
  // Keys that can't be fetched are our trouble, not the caller's: the same token may hold a moment later.
  const ourTrouble =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    !(error instanceof errors.JOSEError) ||
    isFetchFailure(error);
  if (ourTrouble) throw new OverloadedError('Tokens cannot be checked at the moment.', 5);
  throw new UnauthenticatedError('The token is not valid.', { cause: error });
}

/** jose reports a JWKS answer that is not 200 or not JSON as a plain JOSEError. */
const isFetchFailure = (error: Error): boolean => error.constructor === errors.JOSEError;

function viewerOf(payload: JWTPayload, settings: AuthSettings): Viewer {
  const { sub } = payload;
  if (typeof sub !== 'string' || sub === '') throw new UnauthenticatedError('The token is not valid.');
  const claim = payload[settings.userClaim];
  const userId = typeof claim === 'string' ? parseUserId(claim) : undefined;
  return {
    subject: sub,
    issuer: settings.issuer,
    userId: userId ?? null,
    scopes: scopesOf(payload),
    expiresAt: payload.exp,
  };
}

/** The claim `scope` (text with spaces) or `scp` (that, or a list). */
function scopesOf(payload: JWTPayload): ReadonlySet<Scope> {
  const claims = [payload['scope'], payload['scp']].flatMap((claim) => (Array.isArray(claim) ? claim : [claim]));
  const words = new Set(claims.flatMap((claim) => (typeof claim === 'string' ? claim.split(/\s+/) : [])));
  return new Set(SCOPES.filter((scope) => words.has(scope)));
}
