import { createServer, request, type ServerResponse } from 'node:http';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Authenticate } from '../../src/callers/authenticate.ts';
import { tokenAuthentication } from '../../src/callers/authenticate.ts';
import { IssuerKeys } from '../../src/callers/issuer-keys.ts';
import { seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';

const alice = seedUser({ key: 'alice' });
const alices = seedPortfolio({ key: 'alices', owner: alice });
const now = (): number => Math.floor(Date.now() / 1000);

/** A key set that can be made to answer as it likes. */
interface KeyServer {
  readonly url: string;
  /** How often it was asked. */
  readonly asked: () => number;
  answer: (response: ServerResponse) => void;
  stop(): Promise<void>;
}

const keySet =
  (...keys: readonly JWK[]) =>
  (response: ServerResponse): void => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  };

async function startKeyServer(...keys: readonly JWK[]): Promise<KeyServer> {
  let asked = 0;
  const listening = await listenOnLoopback(
    createServer((_request, response) => {
      asked += 1;
      server.answer(response);
    }),
  );
  const server: KeyServer = { ...listening, asked: () => asked, answer: keySet(...keys) };
  return server;
}

async function newKey(alg: string, kid?: string) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), ...(kid === undefined ? {} : { kid }) };
  return {
    publicJwk,
    token: async (claims: JWTPayload = {}, header: Record<string, unknown> = {}) =>
      await new SignJWT({ iss: 'https://issuer.test', aud: 'gateway', exp: now() + 300, sub: alice.id, ...claims })
        .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }), ...header })
        .sign(privateKey),
  };
}

const authenticationBy = (jwksUrl: string, userClaim = 'sub', tokenType?: string): Authenticate =>
  tokenAuthentication({
    jwksUrl,
    issuer: 'https://issuer.test',
    audience: 'gateway',
    userClaim,
    tokenType,
    clockToleranceSeconds: 5,
  });

const bearer = (token: string) => ({ headers: new Headers({ authorization: `Bearer ${token}` }) });

let server: KeyServer;
beforeEach(async () => {
  server = await startKeyServer();
});
afterEach(() => server.stop());

describe('a token', () => {
  it.each(['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
    'signed with %s is taken',
    async (alg) => {
      const key = await newKey(alg, 'one');
      server.answer = keySet(key.publicJwk);
      expect(await authenticationBy(server.url)(bearer(await key.token()))).toMatchObject({ userId: alice.id });
    },
  );

  it('without a key id is taken whichever of the issuer’s keys it was signed with', async () => {
    const [one, two, other] = [await newKey('ES256'), await newKey('ES256'), await newKey('ES256')];
    server.answer = keySet(one.publicJwk, two.publicJwk);
    const authenticate = authenticationBy(server.url);
    for (const key of [one, two]) {
      expect(await authenticate(bearer(await key.token()))).toMatchObject({ userId: alice.id });
    }
    await expect(authenticate(bearer(await other.token()))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const expired = await two.token({ exp: now() - 60 });
    await expect(authenticate(bearer(expired))).rejects.toThrow('expired');
  });

  it('may be a few seconds late or early, as far as clocks may differ', async () => {
    const key = await newKey('ES256', 'one');
    server.answer = keySet(key.publicJwk);
    const authenticate = authenticationBy(server.url);
    await authenticate(bearer(await key.token({ exp: now() - 2 })));
    await authenticate(bearer(await key.token({ nbf: now() + 2 })));
    await expect(authenticate(bearer(await key.token({ exp: now() - 10 })))).rejects.toThrow('expired');
    await expect(authenticate(bearer(await key.token({ nbf: now() + 10 })))).rejects.toThrow();
  });

  it('that was taken before is refused once it has run out, and while it is too early', async () => {
    const key = await newKey('ES256', 'one');
    server.answer = keySet(key.publicJwk);
    const authenticate = authenticationBy(server.url);
    const start = Date.now();
    const token = await key.token({ nbf: now() - 10, exp: now() + 300 });
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    try {
      for (let times = 0; times < 3; times += 1) await authenticate(bearer(token));
      vi.setSystemTime(start + 400_000);
      await expect(authenticate(bearer(token))).rejects.toThrow('expired');
      vi.setSystemTime(start - 60_000);
      await expect(authenticate(bearer(token))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      vi.setSystemTime(start);
      await authenticate(bearer(token));
    } finally {
      vi.useRealTimers();
    }
  });

  it('that is another by one letter is not taken for one that was', async () => {
    const key = await newKey('ES256', 'one');
    server.answer = keySet(key.publicJwk);
    const authenticate = authenticationBy(server.url);
    const token = await key.token();
    for (let times = 0; times < 3; times += 1) await authenticate(bearer(token));
    const [head, claims, signature = ''] = token.split('.');
    const first = signature.startsWith('A') ? 'B' : 'A';
    const forged = [head, claims, first + signature.slice(1)].join('.');
    await expect(authenticate(bearer(forged))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it.each([
    ['a critical header that we do not know', {}, { crit: ['x'], x: 1 }],
    ['an unencoded payload', {}, { crit: ['b64'], b64: false }],
    ['no subject', { sub: '' }, {}],
    ['a number as subject', { sub: 7 }, {}],
    ['a text as expiry', { exp: 'tomorrow' }, {}],
    ['several audiences without ours', { aud: ['a', 'b'] }, {}],
  ] as const)('with %s is refused', async (_what, claims, header) => {
    const key = await newKey('ES256', 'one');
    server.answer = keySet(key.publicJwk);
    const authenticate = authenticationBy(server.url);
    const signed = key.token({ ...claims } as JWTPayload, { ...header }).catch(() => undefined);
    const token = (await signed) ?? (await forged(key, claims, header));
    await expect(authenticate(bearer(token))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  /** A token that a careful library refuses to sign: it has the header of another one. */
  async function forged(key: Awaited<ReturnType<typeof newKey>>, claims: object, header: object): Promise<string> {
    const [, , signature = ''] = (await key.token()).split('.');
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'ES256', kid: 'one', ...header })}.${part({ sub: alice.id, ...claims })}.${signature}`;
  }

  it('of another kind is refused where its kind is set: a token for something else of the same issuer', async () => {
    const key = await newKey('ES256', 'one');
    server.answer = keySet(key.publicJwk);
    const authenticate = authenticationBy(server.url, 'sub', 'at+jwt');
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt']) {
      expect(await authenticate(bearer(await key.token({}, { typ })))).toMatchObject({ userId: alice.id });
    }
    for (const typ of [undefined, '', 'JWT', 'jwt', 'id+jwt', 'at+jwt ', 'text/at+jwt', 7, ['at+jwt'], null]) {
      const token = await key.token({}, typ === undefined ? {} : { typ });
      await expect(authenticate(bearer(token)), String(typ)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    const spelledOut = authenticationBy(server.url, 'sub', 'application/AT+jwt');
    expect(await spelledOut(bearer(await key.token({}, { typ: 'at+jwt' })))).toMatchObject({ userId: alice.id });
    const any = authenticationBy(server.url);
    for (const typ of ['JWT', 'id+jwt']) await any(bearer(await key.token({}, { typ })));
  });

  it('that names another address for its key causes no call there', async () => {
    const elsewhere = await startKeyServer();
    const [key, own] = [await newKey('ES256', 'one'), await newKey('ES256', 'mine')];
    server.answer = keySet(key.publicJwk);
    elsewhere.answer = keySet(own.publicJwk);
    const token = await own.token({}, { jku: elsewhere.url, x5u: elsewhere.url, jwk: own.publicJwk });
    await expect(authenticationBy(server.url)(bearer(token))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(elsewhere.asked()).toBe(0);
    await elsewhere.stop();
  });

  it('that is changed anywhere is refused, and never as a fault of ours', async () => {
    const key = await newKey('ES256', 'one');
    server.answer = keySet(key.publicJwk);
    const authenticate = authenticationBy(server.url);
    const token = await key.token();
    const change = fc.record({
      // The last character of a signature carries bits that mean nothing.
      at: fc.nat(token.length - 2),
      by: fc.constantFrom('', '.', '..', 'A', '_', '=', 'é', '{', '0', 'AAAA'),
      drop: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, by, drop }) => {
        const changed = token.slice(0, at) + by + token.slice(at + drop);
        fc.pre(changed !== token && changed.length > 0);
        const verdict = await Promise.resolve(authenticate(bearer(changed))).then(
          () => 'taken',
          (error: { code?: string }) => error.code,
        );
        expect(verdict, changed).toBe('UNAUTHENTICATED');
      }),
      { numRuns: 300 },
    );
  });

  it('of a megabyte is not looked at', async () => {
    await expect(authenticationBy(server.url)(bearer(`${'a'.repeat(1024 * 1024)}.b.c`))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(server.asked()).toBe(0);
  });
});

describe('the claims of a token', () => {
  const says = async (claims: JWTPayload, userClaim?: string) => {
    const key = await newKey('ES256', 'one');
    server.answer = keySet(key.publicJwk);
    const viewer = await authenticationBy(server.url, userClaim)(bearer(await key.token(claims)));
    return { ...viewer, scopes: [...viewer.scopes].sort() };
  };

  it('of scopes, as text or list, in scope or scp, and nothing but scopes we know', async () => {
    const both = ['cash:withdraw', 'portfolios:read'];
    expect((await says({ scope: 'portfolios:read cash:withdraw' })).scopes).toEqual(both);
    expect((await says({ scp: 'portfolios:read  cash:withdraw' })).scopes).toEqual(both);
    expect((await says({ scp: ['portfolios:read', 'cash:withdraw'] })).scopes).toEqual(both);
    expect((await says({ scope: 'portfolios:read', scp: ['cash:withdraw', 'openid'] })).scopes).toEqual(both);
    for (const scope of ['operators', 'OPERATOR', 'x operator2', 'operator,portfolios:read', '', { operator: true }]) {
      expect((await says({ scope })).scopes, JSON.stringify(scope)).toEqual([]);
    }
  });

  it('of the user, in the claim that is set', async () => {
    expect(await says({ sub: 'auth0|17', customer: alice.id }, 'customer')).toMatchObject({
      subject: 'auth0|17',
      userId: alice.id,
    });
    for (const customer of [undefined, 17, '', 'somebody', [alice.id], { id: alice.id }]) {
      expect((await says({ sub: alice.id, customer }, 'customer')).userId, JSON.stringify(customer)).toBeNull();
    }
  });
});

describe('the issuer’s keys', () => {
  it('are asked for once for all who come at the same time, and not again', async () => {
    const key = await newKey('ES256', 'one');
    server.answer = keySet(key.publicJwk);
    const authenticate = authenticationBy(server.url);
    const token = await key.token();
    await Promise.all(Array.from({ length: 50 }, () => authenticate(bearer(token))));
    await authenticate(bearer(token));
    expect(server.asked()).toBe(1);
  });

  it('are asked for once by a flood of unknown key ids, also as the first thing that comes', async () => {
    const key = await newKey('ES256', 'one');
    server.answer = keySet(key.publicJwk);
    const authenticate = authenticationBy(server.url);
    const strangers = await Promise.all(Array.from({ length: 50 }, (_, i) => key.token({}, { kid: `no-${i}` })));
    const refused = async (token: string) =>
      await expect(authenticate(bearer(token))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await Promise.all(strangers.map(refused));
    for (const token of strangers) await refused(token);
    expect(server.asked()).toBe(1);
  });

  it('that were rotated are found at once, each time, however short ago they were asked for', async () => {
    const keys = [await newKey('ES256', 'one'), await newKey('ES256', 'two'), await newKey('RS256', 'three')];
    const authenticate = authenticationBy(server.url);
    for (const key of keys) {
      server.answer = keySet(key.publicJwk);
      const token = await key.token();
      await Promise.all(Array.from({ length: 10 }, () => authenticate(bearer(token))));
    }
    expect(server.asked()).toBe(3);
    // The first one is not served any more.
    const old = (await keys[0]?.token()) ?? '';
    await expect(authenticate(bearer(old))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('that were withdrawn end the tokens that were taken before', async () => {
    const [old, next] = [await newKey('ES256', 'old'), await newKey('ES256', 'next')];
    server.answer = keySet(old.publicJwk);
    const authenticate = authenticationBy(server.url);
    const token = await old.token();
    for (let times = 0; times < 3; times += 1) await authenticate(bearer(token));
    server.answer = keySet(next.publicJwk);
    // The unknown key has them read again.
    await authenticate(bearer(await next.token()));
    await expect(authenticate(bearer(token))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('serve on while the issuer is away, for an hour at most', async () => {
    const key = await newKey('ES256', 'one');
    server.answer = keySet(key.publicJwk);
    let time = 0;
    const keys = new IssuerKeys(server.url, { now: () => time });
    const header = { alg: 'ES256', kid: 'one' };
    const jws = { payload: '', signature: '' };
    await keys.find(header, jws);
    server.answer = (response) => response.writeHead(500).end();
    time = 1_800_000;
    await keys.find(header, jws);
    await expect.poll(() => server.asked()).toBe(2);
    time = 3_700_000;
    await expect(keys.find(header, jws)).rejects.toThrow();
    server.answer = keySet(key.publicJwk);
    time += 2_000;
    await keys.find(header, jws);
  });

  it.each([
    ['answer 500', (response: ServerResponse) => void response.writeHead(500).end()],
    ['answer a page', (response: ServerResponse) => void response.end('<html>')],
    ['answer something else', (response: ServerResponse) => void response.end('{"keys": 7}')],
    ['send us elsewhere', (response: ServerResponse) => void response.writeHead(302, { location: '/' }).end()],
    ['cut the connection', (response: ServerResponse) => void response.destroy()],
  ])('that %s are our trouble, not the caller’s: try again', async (_what, answer) => {
    server.answer = answer;
    const key = await newKey('ES256', 'one');
    const authenticate = authenticationBy(server.url);
    const token = await key.token();
    const ask = async () => await authenticate(bearer(token));
    await expect(ask()).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
    // Many who come meanwhile make no call each.
    await Promise.all(Array.from({ length: 20 }, () => expect(ask()).rejects.toMatchObject({ code: 'OVERLOADED' })));
    expect(server.asked()).toBeLessThanOrEqual(2);
    server.answer = keySet(key.publicJwk);
    await expect.poll(async () => await ask().catch(() => 'not yet'), { timeout: 5_000 }).not.toBe('not yet');
  });
});

describe('over HTTP', () => {
  let issuer: TestIssuer;
  let world: World;
  beforeAll(async () => {
    issuer = await startIssuer();
    world = await startWorld({ seed: [alices], gateway: { auth: issuer.settings } });
  });
  afterAll(async () => {
    await world.stop();
    await issuer.stop();
  });

  const send = async (authorization: string | string[]) =>
    await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const headers = [
        'host',
        'localhost',
        'content-type',
        'application/json',
        ...[authorization].flat().flatMap((one) => ['authorization', one]),
      ];
      const call = request(`${world.url}/graphql`, { method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      call.on('error', reject);
      call.end('{"query":"{ viewer { id } }"}');
    });

  it('the scheme may be written in any case, with any number of spaces', async () => {
    const token = await issuer.token({ sub: alice.id });
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bearer  ']) {
      expect((await send(`${scheme} ${token}`)).status, scheme).toBe(200);
    }
    for (const header of [token, `Bearer${token}`, `Bearer ${token} ${token}`, `Bearer ${token}, Basic x`, 'Bearer ']) {
      expect((await send(header)).status).toBe(401);
    }
  });

  it('several Authorization headers are refused as ambiguous', async () => {
    const [mine, other] = [await issuer.token({ sub: alice.id }), await issuer.token({ sub: 'x', scope: 'operator' })];
    const answer = await send([`Bearer ${mine}`, `Bearer ${other}`]);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text).not.toContain('viewer');
  });

  it('keys that can’t be had are answered 503 with Retry-After', async () => {
    const down = await startWorld({
      seed: [],
      gateway: { auth: { ...issuer.settings, jwksUrl: 'http://127.0.0.1:9/jwks' } },
    });
    const answer = await down.ask(
      '{ viewer { id } }',
      {},
      { authorization: `Bearer ${await issuer.token({ sub: 'x' })}` },
    );
    await down.stop();
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'OVERLOADED', retryable: true });
    expect(answer.text).not.toContain('127.0.0.1');
  });

  it('an embedder’s own function authenticates, and its errors reach the client', async () => {
    const { UnauthenticatedError } = await import('../../src/errors.ts');
    const own = await startWorld({
      seed: [alices],
      gateway: {
        auth: ({ headers }) => {
          const cookie = headers.get('cookie');
          if (cookie === 'broken') throw new Error('SECRET of the embedder');
          if (cookie !== 'session=alice') throw new UnauthenticatedError('Log in first.');
          return {
            subject: 'a',
            issuer: 'bank',
            userId: alices.ownerId as never,
            scopes: new Set(['portfolios:read']),
          };
        },
      },
    });
    const query = `{ portfolio(id: "${alices.portfolioId}") { id } }`;
    const answers = await Promise.all(
      ['session=alice', 'none', 'broken'].map((cookie) => own.ask(query, {}, { cookie })),
    );
    await own.stop();
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 500]);
    expect(answers[0]?.data).toEqual({ portfolio: { id: alices.portfolioId } });
    expect(answers[1]?.text).toContain('Log in first.');
    expect(answers[2]?.text).not.toContain('SECRET');
  });
});
