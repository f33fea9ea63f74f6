import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Authenticate } from '../../src/callers/authenticate.ts';
import { isLocalName } from '../../src/callers/local-names.ts';
import { ownAuthentication } from '../../src/callers/own-authentication.ts';
import { callerOf, type Viewer } from '../../src/domain/viewer.ts';
import { UnauthenticatedError } from '../../src/errors.ts';
import { seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { BAD_AUTHORIZATIONS } from '../helpers/bad-tokens.ts';
import { eventually } from '../helpers/eventually.ts';
import { overSocket } from '../helpers/fuzz/wire.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { rawSocket } from '../live/clients.ts';

const alice = seedUser({ key: 'auth-alice' });
const alices = seedPortfolio({ key: 'auth-alices', owner: alice });
const SUBSCRIPTION = 'subscription { notifications { id } }';

const stream = (url: string, authorization: string) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', accept: 'text/event-stream' },
      ...(authorization === '' ? {} : { authorization }),
    },
    body: JSON.stringify({ query: SUBSCRIPTION }),
  });

/** The code that a WebSocket is closed with after `connection_init`. */
async function closeCode(url: string, authorization: string): Promise<number> {
  const socket = await rawSocket(url);
  socket.send({ type: 'connection_init', payload: authorization === '' ? {} : { authorization } });
  return await socket.closed;
}

describe('a token that does not hold', () => {
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

  it.each(BAD_AUTHORIZATIONS)('(%s) gets 401 for an event stream and 4403 for a WebSocket', async (_reason, make) => {
    const authorization = await make(issuer, alice.id);
    const response = await stream(world.url, authorization);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await response.text()).toContain('"UNAUTHENTICATED"');
    expect(await closeCode(world.url, authorization)).toBe(4403);
  });

  it.each([
    ['authorization', (authorization: string) => ({ authorization })],
    ['headers', (authorization: string) => ({ headers: { Authorization: authorization, 'x-other': 'y' } })],
    ['headers, beside others', (authorization: string) => ({ lang: 'de', headers: { AUTHORIZATION: authorization } })],
  ])('is read from connection_init, like one that holds: %s', async (_form, payload) => {
    const socket = await rawSocket(world.url);
    socket.send({ type: 'connection_init', payload: payload('Bearer nonsense') });
    expect(await socket.closed).toBe(4403);
    const token = await issuer.token({ sub: alice.id, scope: 'portfolios:read' });
    const good = await rawSocket(world.url);
    good.send({ type: 'connection_init', payload: payload(`Bearer ${token}`) });
    await eventually(() => expect(good.messages).toEqual([{ type: 'connection_ack' }]));
    good.socket.close();
  });

  it.each([
    { headers: 'Bearer x' },
    { headers: null },
    { headers: ['authorization', 'Bearer x'] },
    { headers: { authorization: 7 } },
  ])('is none in %j', async (payload) => {
    const socket = await rawSocket(world.url);
    socket.send({ type: 'connection_init', payload });
    expect(await socket.closed).toBe(4403);
  });

  it('is refused beside one that holds, as two Authorization headers are', async () => {
    const token = await issuer.token({ sub: alice.id, scope: 'portfolios:read' });
    const [good, bad] = [`Bearer ${token}`, 'Bearer nonsense'];
    const twice = await issuer.token({ sub: 'somebody-else', scope: 'portfolios:read' });
    for (const payload of [
      { Authorization: good, headers: { Authorization: bad } },
      { Authorization: bad, headers: { Authorization: good } },
      { authorization: good, headers: { Authorization: `Bearer ${twice}` } },
      { authorization: good, Authorization: bad },
      { headers: { authorization: good, AUTHORIZATION: bad } },
    ]) {
      const socket = await rawSocket(world.url);
      socket.send({ type: 'connection_init', payload });
      expect(await socket.closed).toBe(4400);
    }
    // One token that is given twice says the same.
    const same = await rawSocket(world.url);
    same.send({ type: 'connection_init', payload: { authorization: good, headers: { Authorization: good } } });
    await eventually(() => expect(same.messages).toEqual([{ type: 'connection_ack' }]));
    same.socket.close();
  });

  it('is not helped by one that holds elsewhere in the request', async () => {
    const token = await issuer.token({ sub: alice.id, scope: 'portfolios:read' });
    const query = encodeURIComponent('{ viewer { id } }');
    for (const headers of [
      { 'x-authorization': `Bearer ${token}` },
      { 'x-forwarded-authorization': `Bearer ${token}` },
      { cookie: `authorization=Bearer ${token}; token=${token}` },
      { 'proxy-authorization': `Bearer ${token}` },
    ]) {
      expect((await fetch(`${world.url}/graphql?query=${query}`, { headers })).status).toBe(401);
    }
    const inAddress = `${world.url}/graphql?query=${query}&access_token=${token}&authorization=Bearer%20${token}`;
    expect((await fetch(inAddress)).status).toBe(401);
  });

  it('and headers with another user do not change the caller', async () => {
    const token = await issuer.token({ sub: alice.id, scope: 'portfolios:read' });
    const answer = await world.ask(
      '{ viewer { id } reviews { edges { cursor } } }',
      {},
      {
        authorization: `Bearer ${token}`,
        'x-user-id': 'ops',
        'x-forwarded-user': 'ops',
        'x-scope': 'operator',
        'x-http-method-override': 'GET',
        'x-original-url': '/metrics',
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example;for=127.0.0.1',
      },
    );
    expect(answer.errors?.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN']);
    expect(answer.text).not.toContain('evil.example');
    const viewer = await world.ask('{ viewer { id } }', {}, { authorization: `Bearer ${token}`, 'x-user-id': 'ops' });
    expect(viewer.data).toEqual({ viewer: { id: `vwr_${alice.id}` } });
  });
});

const ALICE = { subject: 'a', issuer: 'bank', userId: alice.id, scopes: new Set(['portfolios:read']) };

/** Answers of a function that no compiler has checked. */
const GARBAGE: readonly (readonly [what: string, answer: unknown])[] = [
  ['true', true],
  ['a text', 'alice'],
  ['an empty object', {}],
  ['a list', [ALICE]],
  ['no subject', { ...ALICE, subject: '' }],
  ['a number as subject', { ...ALICE, subject: 7 }],
  ['no issuer', { ...ALICE, issuer: undefined }],
  ['a user id that is a query', { ...ALICE, userId: "U' or owned_by_user_id neq '" }],
  ['a user id of another kind', { ...ALICE, userId: alices.portfolioId }],
  ['no user id', { ...ALICE, userId: undefined }],
  ['scopes as a list', { ...ALICE, scopes: ['operator'] }],
  ['scopes as a text', { ...ALICE, scopes: 'operator' }],
  ['no scopes', { ...ALICE, scopes: undefined }],
  ['an expiry that is none', { ...ALICE, expiresAt: Number.NaN }],
  ['an expiry as text', { ...ALICE, expiresAt: 'tomorrow' }],
];

/** An answer possible for an embedder in JavaScript. Not a Viewer: that this is found out is what is tested. */
const anything = (given: unknown): Viewer => given as Viewer;

describe('an embedder’s own authenticate', () => {
  let world: World;
  let answer: Authenticate;
  beforeAll(async () => {
    world = await startWorld({ seed: [alices], gateway: { auth: (request) => answer(request) } });
  });
  afterAll(() => world.stop());
  const faults = (): readonly string[] => world.log.filter((line) => line.includes('"level":"error"'));
  afterEach(() => {
    (world.log as string[]).length = 0;
  });
  const ask = () => world.ask(`{ portfolio(id: "${alices.portfolioId}") { id } }`);

  it.each(GARBAGE)(
    'that answers with %s is a fault of ours (500, 4500), told in the log, and shows nothing',
    async (_what, given) => {
      answer = () => anything(given);
      world.investSuite.calls.reset();
      const told = await ask();
      expect(told.status).toBe(500);
      expect(told.text).not.toContain('authenticate');
      expect((await stream(world.url, '')).status).toBe(500);
      expect(await closeCode(world.url, '')).toBe(4500);
      expect(faults()).toHaveLength(3);
      expect(faults().join()).toMatch(/authenticate\(\) answered with a viewer whose \w+ is not/);
      expect(world.investSuite.calls.total).toBe(0);
    },
  );

  it.each([
    ['throws', () => Promise.reject(new Error('SECRET of the embedder'))],
    [
      'throws at once',
      () => {
        throw new TypeError('SECRET of the embedder');
      },
    ],
    ['throws what is no error', () => Promise.reject('SECRET of the embedder')],
  ] as [string, Authenticate][])('that %s is a fault of ours, and what it throws is not told', async (_what, own) => {
    answer = own;
    const told = await ask();
    const streamed = await stream(world.url, '');
    expect([told.status, streamed.status, await closeCode(world.url, '')]).toEqual([500, 500, 4500]);
    expect(told.text + (await streamed.text())).not.toContain('SECRET');
  });

  it.each([
    ['nobody', () => anything(null)],
    ['nothing', () => anything(undefined)],
    ['a refusal', () => Promise.reject(new UnauthenticatedError('Log in first.'))],
  ] as [string, Authenticate][])('that answers with %s gets 401 and 4403', async (_what, own) => {
    answer = own;
    const [told, streamed] = [await ask(), await stream(world.url, '')];
    expect([told.status, streamed.status, await closeCode(world.url, '')]).toEqual([401, 401, 4403]);
    expect(faults()).toEqual([]);
  });

  it('that answers with a viewer is believed, but for scopes that there are not', async () => {
    answer = () => anything({ ...ALICE, scopes: new Set(['portfolios:read', 'admin', 'operator ']) });
    expect((await ask()).data).toEqual({ portfolio: { id: alices.portfolioId } });
    expect((await world.ask('{ reviews { edges { cursor } } }')).text).toContain('FORBIDDEN');
  });

  it('that never answers is 503 after a while: requests do not pile up behind it', async () => {
    const waiting = ownAuthentication(() => new Promise<Viewer>(() => undefined), 20);
    await expect(waiting({ headers: new Headers() })).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
  });
});

describe('two callers', () => {
  it('never count as one, whatever they are called', () => {
    const names = [
      ['a|b', 'c'],
      ['a', 'b|c'],
      ['a","b', 'c'],
      ['a', 'b","c'],
    ] as const;
    const callers = names.map(([issuer, subject]) => callerOf({ userId: null, scopes: new Set(), issuer, subject }));
    expect(new Set(callers).size).toBe(names.length);
  });
});

describe('a gateway that asks for no token', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ seed: [], gateway: { publicUrl: 'https://gateway.bank.example/api' } });
  });
  afterAll(() => world.stop());
  const port = (): number => Number(new URL(world.url).port);
  const body = '{"query":"{ viewer { id } }"}';
  const post = (host: string) =>
    overSocket(
      port(),
      [
        `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      ],
      false,
    );
  const upgrade = (host: string) =>
    overSocket(
      port(),
      [
        `GET /graphql HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
      ],
      false,
    );

  // A page of another site whose name was made to lead here: to the browser it is the gateway's own site.
  it.each([
    'evil.example',
    'evil.example:4000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'gateway.bank.example.evil.example',
  ])('does not answer as %s', async (host) => {
    expect(await post(host)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await upgrade(host)).toMatch(/^HTTP\/1\.1 403 /);
    const fetched = await world.gateway.fetch(
      new Request('http://127.0.0.1/graphql?query={__typename}', { headers: { host } }),
    );
    expect(fetched.status).toBe(403);
  });

  it.each([
    'localhost',
    'LOCALHOST:1',
    '127.0.0.1',
    '[::1]:4000',
    '192.168.1.7',
    'gateway:4000',
    'app.localhost',
    'gateway.bank.example',
  ])('answers as %s', async (host) => {
    expect(await post(host)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await upgrade(host)).toMatch(/^HTTP\/1\.1 101 /);
  });

  it('takes webhooks by any name: they are signed', async () => {
    const webhook = `POST /webhooks/upvest HTTP/1.1\r\nHost: tunnel.example\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`;
    expect(await overSocket(port(), [webhook], false)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('takes no Host at all for local (browsers always send one), and refuses what is no name', async () => {
    expect(isLocalName(undefined, [])).toBe(true);
    for (const host of ['a b', '[::', '%00']) expect(await post(host)).toMatch(/^HTTP\/1\.1 400 /);
  });
});
