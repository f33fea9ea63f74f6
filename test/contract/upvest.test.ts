import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectUpvest, type UpvestConnection } from '../../src/datasources/upvest/connection.ts';
import { combineSeeds, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { FakeUpvest } from '../datasources/upvest/fake-upvest.ts';

/*
 * What Upvest documents of every call, asked of all that play it over a socket: a test of the gateway is worth as much as
 * the upstream that it is tested against. Each kind has five account groups.
 */

interface Player {
  readonly connection: UpvestConnection;
  stop(): Promise<void>;
}

const GROUPS = 5;

const PLAYERS: Readonly<Record<string, () => Promise<Player>>> = {
  'the stand-in': async () => {
    const seeds = Array.from({ length: GROUPS }, (_, index) => seedPortfolio({ key: `contract-${index}` }));
    const standins = await startStandins({ seed: combineSeeds(...seeds) });
    const { url, credentials } = standins.upvest;
    return { connection: { baseUrl: url, ...credentials }, stop: () => standins.stop() };
  },
  'the fake that a test tells what to do': async () => {
    const fake = await new FakeUpvest().start();
    fake.onList(
      '/account_groups',
      Array.from({ length: GROUPS }, () => ({ id: randomUUID(), created_at: '2026-01-01T00:00:00Z' })),
    );
    return { connection: fake.options, stop: () => fake.stop() };
  },
};

describe.each(Object.entries(PLAYERS))('Upvest, played by %s', (_name, start) => {
  let player: Player;
  let clients: ReturnType<typeof connectUpvest>;
  beforeAll(async () => {
    player = await start();
    clients = connectUpvest({ ...player.connection, readAttempts: 1 });
  });
  afterAll(async () => {
    await Promise.all([clients.client.close(), clients.authClient.close()]);
    await player.stop();
  });

  const get = (path: string) => clients.client.read({ method: 'GET', path, headers: {}, operation: 'contract' });
  const list = async (path: string) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    // As JSON.parse gives it: numbers are counted here, not money.
    return JSON.parse(JSON.stringify(answer.json())) as {
      readonly meta: Readonly<Record<string, unknown>>;
      readonly data: readonly { readonly id: string }[];
    };
  };
  const count = (meta: Readonly<Record<string, unknown>>, name: string): number => Number(meta[name]);

  const problemOf = async (response: Response) => {
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    return (await response.json()) as Record<string, unknown>;
  };

  it('lists with meta and data, a hundred by default, from an offset', async () => {
    const all = await list('/account_groups');
    expect(all.data).toHaveLength(GROUPS);
    expect(['offset', 'limit', 'count', 'total_count'].map((name) => count(all.meta, name))).toEqual([0, 100, 5, 5]);
    const some = await list('/account_groups?limit=2&offset=3');
    expect(some.data.map(({ id }) => id)).toEqual(all.data.slice(3).map(({ id }) => id));
    expect(['offset', 'limit', 'count', 'total_count'].map((name) => count(some.meta, name))).toEqual([3, 2, 2, 5]);
    expect((await list('/account_groups?offset=50')).data).toEqual([]);
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'offset=-1'])('refuses a page of %s with 400', async (query) => {
    expect((await get(`/account_groups?${query}`)).status).toBe(400);
  });

  it('answers 404 as a problem to what is not there', async () => {
    const answer = await get(`/account_groups/${randomUUID()}`);
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const body = JSON.parse(JSON.stringify(answer.json()));
    expect(body).toMatchObject({ type: expect.any(String), title: expect.any(String), request_id: expect.any(String) });
    expect(Number(body.status)).toBe(404);
  });

  it('lets nobody in without a signature, nor without a token', async () => {
    const headers = { accept: 'application/json', 'upvest-client-id': player.connection.clientId };
    for (const path of ['/account_groups', '/auth/token']) {
      const method = path === '/auth/token' ? 'POST' : 'GET';
      const response = await fetch(player.connection.baseUrl + path, { method, headers });
      expect(response.status).toBe(401);
      expect(await problemOf(response)).toMatchObject({ status: 401, type: expect.any(String) });
    }
    const unsigned = await clients.authClient.read({
      method: 'GET',
      path: '/account_groups',
      headers: {},
      operation: 'contract',
    });
    expect(unsigned.status).toBe(401);
  });

  it('gives a token of the scopes that are asked for, with its life in seconds', async () => {
    const { clientId, clientSecret } = player.connection;
    const body = new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: 'client_credentials',
      scope: 'accounts:read',
    });
    const request = (text: string) =>
      clients.authClient.read({
        method: 'POST',
        path: '/auth/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: text,
        operation: 'contract',
      });
    const answer = await request(body.toString());
    expect(answer.status).toBe(200);
    const token = JSON.parse(JSON.stringify(answer.json()));
    expect(token).toMatchObject({ access_token: expect.any(String), scope: 'accounts:read' });
    expect(String(token.token_type).toLowerCase()).toBe('bearer');
    expect(Number(token.expires_in)).toBeGreaterThan(0);
    body.set('client_secret', 'another');
    expect((await request(body.toString())).status).toBe(401);
  });
});
