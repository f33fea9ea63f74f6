import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonObject } from '../values/json.ts';

export const TOKEN_ISSUER = 'https://standin.invalid';
export const TOKEN_AUDIENCE = 'invest-gateway';
const LIFETIME_SECONDS = 3_600;

/** An issuer of tokens for users, so that a gateway can be tried with customers who may not do everything. */
export interface UserTokens {
  /** A JWT of an hour. `scope`: separated by spaces. */
  issue(user: string, scope: string, nowMs: number): string;
  asJwks(): JsonObject;
}

export function createUserTokens(): UserTokens {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty = '', crv = '', x = '', y = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    issue(user, scope, nowMs) {
      const now = Math.floor(nowMs / 1000);
      const claims = {
        iss: TOKEN_ISSUER,
        aud: TOKEN_AUDIENCE,
        sub: user,
        scope,
        iat: now,
        exp: now + LIFETIME_SECONDS,
      };
      const unsigned = `${part({ alg: 'ES256', kid: 'standin', typ: 'JWT' })}.${part(claims)}`;
      const signature = sign('sha256', Buffer.from(unsigned), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${unsigned}.${signature.toString('base64url')}`;
    },
    asJwks: () => ({ keys: [{ kid: 'standin', alg: 'ES256', use: 'sig', kty, crv, x, y }] }),
  };
}
