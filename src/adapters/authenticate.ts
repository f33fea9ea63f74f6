import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { AuthSettings } from '../config.ts';
import { parseUserId } from '../domain/ids.ts';
import { SCOPES, type Scope, type Viewer } from '../domain/viewer.ts';
import { OverloadedError, UnauthenticatedError } from '../errors.ts';

/**
 * Who makes this request. Throws UnauthenticatedError where nobody is known by it. An embedder may pass its own; it is
 * given the headers only (of a WebSocket: the `authorization` of `connection_init`).
 */
export type Authenticate = (request: { readonly headers: Headers }) => Viewer | Promise<Viewer>;

/** Asymmetric algorithms only: with these a public key can't be used as a shared secret, and `none` is no algorithm. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** An unknown key id makes us fetch the keys again, at most this often. */
const JWKS_COOLDOWN_MS = 30_000;
const JWKS_MAX_AGE_MS = 600_000;
const JWKS_TIMEOUT_MS = 5_000;

/** Checks bearer tokens: signature, issuer, audience, expiry. Keys come from the issuer's JWKS and are cached. */
export function tokenAuthentication(settings: AuthSettings): Authenticate {
  const keys = createRemoteJWKSet(new URL(settings.jwksUrl), {
    cooldownDuration: JWKS_COOLDOWN_MS,
    cacheMaxAge: JWKS_MAX_AGE_MS,
    timeoutDuration: JWKS_TIMEOUT_MS,
  });
  return async ({ headers }) => {
    const token = bearerToken(headers.get('authorization'));
    const { payload } = await jwtVerify(token, keys, {
      issuer: settings.issuer,
      audience: settings.audience,
      clockTolerance: settings.clockToleranceSeconds,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'sub'],
    }).catch(refuse);
    return viewerOf(payload, settings);
  };
}

function bearerToken(header: string | null): string {
  const match = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header?.trim() ?? '');
  if (match?.[1] === undefined) throw new UnauthenticatedError('A bearer token is needed.');
  return match[1];
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw new UnauthenticatedError('The token has expired.', { cause: error });
  // Keys that can't be fetched are our trouble, not the caller's: the same token may hold a moment later.
  const ourTrouble =
    error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError) || isFetchFailure(error);
  if (ourTrouble) throw new OverloadedError('Tokens cannot be checked at the moment.', 5);
  throw new UnauthenticatedError('The token is not valid.', { cause: error });
}

/** jose reports a JWKS answer that is not 200 or not JSON as a plain JOSEError. */
const isFetchFailure = (error: Error): boolean => error.constructor === errors.JOSEError;

function viewerOf(payload: JWTPayload, settings: AuthSettings): Viewer {
  const claim = payload[settings.userClaim];
  const userId = typeof claim === 'string' ? parseUserId(claim) : undefined;
  return {
    subject: payload.sub ?? '',
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
