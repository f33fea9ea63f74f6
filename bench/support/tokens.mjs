// An issuer of tokens that the gateway takes.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const ISSUER = 'https://issuer.bench';
const AUDIENCE = 'invest-gateway';

/** `settings`: what a gateway knows the issuer by. `authorization`: the header of one of its customers. */
export async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' }];
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys })));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    settings: {
      AUTH_JWKS_URL: `http://127.0.0.1:${server.address().port}/jwks.json`,
      AUTH_ISSUER: ISSUER,
      AUTH_AUDIENCE: AUDIENCE,
    },
    authorization: async (subject, scope = 'portfolios:read') =>
      `Bearer ${await new SignJWT({ scope })
        .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setExpirationTime('1h')
        .sign(privateKey)}`,
    end: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
