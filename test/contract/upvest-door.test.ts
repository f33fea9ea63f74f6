import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combineSeeds, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { FakeUpvest } from '../datasources/upvest/fake-upvest.ts';
import type { Reply } from '../standins/support/http.ts';
import {
  type Signing,
  signedCall,
  type UpvestAddress,
  type UpvestClient,
  upvestClient,
} from '../standins/support/upvest-client.ts';

/*
 * Access to Upvest and the pages of its lists (docs/upstream-contract.md, "The door of Upvest" and "Lists of Upvest"),
 * asked over a socket of all that check it, by a client that shares no code with the gateway.
 */

interface Door {
  readonly address: UpvestAddress;
  stop(): Promise<void>;
}

/** Account groups that each has. */
const GROUPS = 5;

const DOORS: Readonly<Record<string, () => Promise<Door>>> = {
  'the stand-in': async () => {
    const seeds = Array.from({ length: GROUPS }, (_, index) => seedPortfolio({ key: `contract-${index}` }));
    const { upvest, stop } = await startStandins({ seed: combineSeeds(...seeds) });
    return { address: upvest, stop };
  },
  'the stand-in that wants every header signed': async () => {
    const seeds = Array.from({ length: GROUPS }, (_, index) => seedPortfolio({ key: `contract-${index}` }));
    const { upvest, stop } = await startStandins({
      seed: combineSeeds(...seeds),
      upvestSettings: { signatureCoverage: 'every-header' },
    });
    return { address: upvest, stop };
  },
  'the fake that a test tells what to answer': async () => {
    const fake = await new FakeUpvest().start();
    const groups = Array.from({ length: GROUPS }, () => ({ id: randomUUID(), created_at: '2026-01-01T00:00:00Z' }));
    fake.onList('/account_groups', groups);
    const { baseUrl: url, ...credentials } = fake.options;
    return { address: { url, credentials }, stop: () => fake.stop() };
  },
};

describe.each(Object.entries(DOORS))('the door of Upvest, played by %s', (_name, start) => {
  let door: Door;
  let client: UpvestClient;
  beforeAll(async () => {
    door = await start();
    client = await upvestClient(door.address);
  });
  afterAll(() => door.stop());

  const isProblem = ({ status, headers, json }: Reply) => {
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(headers['upvest-request-id']).toEqual(expect.any(String));
    const texts = { type: expect.any(String), title: expect.any(String), request_id: expect.any(String) };
    expect(json()).toMatchObject({ ...texts, status });
  };
  const group = () => client.get('/account_groups?limit=1');

  describe('a signature', () => {
    const now = () => Math.floor(Date.now() / 1000);
    const strange = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey;
    const SPOILT: Readonly<Record<string, () => Signing>> = {
      'of another key': () => ({ key: strange }),
      'of an unknown key id': () => ({ keyId: randomUUID() }),
      'with r and s side by side instead of DER': () => ({ dsaEncoding: 'ieee-p1363' }),
      'that has expired': () => ({ created: now() - 120, expires: now() - 110 }),
      'of another path': () => ({ sentPath: '/account_groups?limit=3' }),
      'that leaves the token out': () => ({ without: ['authorization'] }),
      'that leaves the query out': () => ({ without: ['@query'] }),
      'over names without quotes': () => ({ unquoted: true }),
    };
    it.each(Object.entries(SPOILT))('%s is refused with 401', async (_which, signing) => {
      const reply = await client.get('/account_groups?limit=2', signing());
      expect(reply.status).toBe(401);
      isProblem(reply);
    });

    it('is good for one request: its nonce is new each time, and two signed requests both pass', async () => {
      expect([(await group()).status, (await group()).status]).toEqual([200, 200]);
    });

    it('covers the body by its digest', async () => {
      const body = JSON.stringify({ amount: '1.00' });
      const headers = { 'idempotency-key': randomUUID() };
      const reply = await client.call('POST', '/payments/withdrawals', body, {
        headers,
        sentBody: body.replace('1', '9'),
      });
      expect(reply.status).toBe(401);
      isProblem(reply);
    });
  });

  it.each([
    ['no client id', { 'upvest-client-id': '' }, 400],
    ['another client id', { 'upvest-client-id': randomUUID() }, 401],
    ['an accept of something else', { accept: 'text/html' }, 406],
    ['a token that was never given', { authorization: 'Bearer ory_at_never' }, 401],
    ['no token', { authorization: '' }, 401],
  ])('%s is refused', async (_which, headers, status) => {
    const reply = await client.get('/account_groups?limit=1', { headers });
    expect(reply.status).toBe(status);
    isProblem(reply);
  });

  it('a content type with a charset is refused with 400', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8', 'idempotency-key': randomUUID() };
    expect((await client.call('POST', '/payments/withdrawals', '{}', { headers })).status).toBe(400);
  });

  it.each(['/payments/withdrawals', '/virtual_cash_balances/increases', '/virtual_cash_balances/decreases'])(
    'POST %s without a UUID as idempotency key is refused with 400',
    async (path) => {
      for (const key of ['', 'order-1', '0190b5c7-6c3f-7d6a-9e43-1f0b2a3c4d5e']) {
        const reply = await client.post(path, {}, key);
        expect(reply.status).toBe(400);
        isProblem(reply);
      }
    },
  );

  describe('a token', () => {
    const form = (change: Readonly<Record<string, string>> = {}) =>
      new URLSearchParams({
        client_id: door.address.credentials.clientId,
        client_secret: door.address.credentials.clientSecret,
        grant_type: 'client_credentials',
        scope: 'accounts:read',
        ...change,
      }).toString();
    const ask = (body: string, signing: Signing = {}) =>
      signedCall(door.address, 'POST', '/auth/token', body, {
        ...signing,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });

    it('is given for the scopes that are asked for, with its life in seconds', async () => {
      const reply = await ask(form());
      expect(reply.status).toBe(200);
      expect(reply.json()).toMatchObject({ access_token: expect.any(String), scope: 'accounts:read' });
      expect(reply.json().token_type).toMatch(/^bearer$/i);
      expect(reply.json().expires_in).toBeGreaterThan(0);
    });

    it('is not given for another secret, nor without a signature that holds', async () => {
      expect((await ask(form({ client_secret: 'another' }))).status).toBe(401);
      const key = createPrivateKey(
        generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
      );
      expect((await ask(form(), { key })).status).toBe(401);
    });
  });

  describe('a list', () => {
    const list = async (query: string) => {
      const reply = await client.get(`/account_groups${query}`);
      expect(reply.status).toBe(200);
      const { meta, data } = reply.json();
      return {
        meta: [meta.offset, meta.limit, meta.count, meta.total_count],
        ids: data.map(({ id }: { id: string }) => id),
      };
    };

    it('has meta and data, a hundred by default, from an offset', async () => {
      const all = await list('');
      expect(all).toMatchObject({ meta: [0, 100, GROUPS, GROUPS] });
      expect(await list('?limit=2&offset=3')).toEqual({ meta: [3, 2, 2, GROUPS], ids: all.ids.slice(3) });
      expect(await list('?offset=50')).toEqual({ meta: [50, 100, 0, GROUPS], ids: [] });
      expect((await list('?limit=1000')).ids).toEqual(all.ids);
    });

    it.each(['limit=0', 'limit=1001', 'limit=x', 'offset=-1'])('of %s is refused with 400', async (query) => {
      const reply = await client.get(`/account_groups?${query}`);
      expect(reply.status).toBe(400);
      isProblem(reply);
    });

    it('knows nothing of what is not there: 404 as a problem', async () => {
      const reply = await client.get(`/account_groups/${randomUUID()}`);
      expect(reply.status).toBe(404);
      isProblem(reply);
    });
  });
});
