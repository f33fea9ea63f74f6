import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { listenOnLoopback } from './http.ts';

/** An issuer of tokens with its own JWKS on a loopback port; keys are made at start. */
export interface TestIssuer {
  readonly settings: {
    readonly jwksUrl: string;
    readonly issuer: string;
    readonly audience: string;
    readonly userClaim: string;
    readonly clockToleranceSeconds: number;
  };
  /** A token; claims given replace the usual ones, undefined takes one out. */
  token(claims: Claims, header?: { readonly kid?: string; readonly alg?: string }): Promise<string>;
  /** The key set is served with a new key from now on, the old one is gone. */
  rotate(): Promise<void>;
  /** The public key now in use. */
  readonly publicJwk: () => JWK;
  /** How often the key set was asked for. */
  readonly fetches: () => number;
  stop(): Promise<void>;
}

/** Claims of a token; undefined takes a usual one out. */
export type Claims = { readonly [K in keyof JWTPayload]: JWTPayload[K] | undefined };

export async function startIssuer(): Promise<TestIssuer> {
  let generation = 0;
  let fetches = 0;
  let current = await newKey(generation);
  const server = createServer((_request, response) => {
    fetches += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [current.publicJwk] }));
  });
  const { url, stop } = await listenOnLoopback(server);
  const settings = {
    jwksUrl: `${url}/jwks.json`,
    issuer: 'https://issuer.test',
    audience: 'invest-gateway',
    userClaim: 'sub',
    clockToleranceSeconds: 5,
  };
  return {
    settings,
    async token(claims, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: settings.issuer, aud: settings.audience, iat: now, exp: now + 300 };
      const given = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined);
      const payload: JWTPayload = Object.fromEntries(given);
      return await new SignJWT(payload)
        .setProtectedHeader({ alg: 'ES256', kid: current.kid, ...header })
        .sign(current.privateKey);
    },
    async rotate() {
      generation += 1;
      current = await newKey(generation);
    },
    publicJwk: () => current.publicJwk,
    fetches: () => fetches,
    stop,
  };
}

async function newKey(generation: number) {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const kid = `key-${generation}`;
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}
