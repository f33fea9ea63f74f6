import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { RateLimit } from '../../src/callers/rate-limit.ts';
import { seedPortfolio } from '../../src/standins/index.ts';
import { tryToWrite } from '../../src/store/index.ts';
import { readAnswer } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

describe('requests per minute and caller', () => {
  it('beyond the limit get 429 with Retry-After, before anything is asked', async () => {
    world = await startWorld({ seed: [], gateway: { rateLimitPerMinute: 3 } });
    const { ask } = world;
    const answers = [];
    for (let i = 0; i < 4; i += 1) answers.push(await ask('{ viewer { id } }'));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429]);
    expect(answers[3]?.errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('count several times where a query costs more than 1,000, on whichever path it is answered', async () => {
    world = await startWorld({ seed: [], gateway: { rateLimitPerMinute: 9 } });
    const { ask } = world;
    const costs2661 =
      '{ portfolios(first: 20) { edges { node { name transactions(first: 10) { edges { node { status movements { type quantity } } } } } } } }';
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(await ask(costs2661));
    answers.push(await ask('{ viewer { id } }'));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429]);
  });

  it('count once more for each ten ids that are not there, and not for those that are, or are none', async () => {
    const mine = seedPortfolio({ key: 'looked-up' });
    world = await startWorld({ seed: [mine], gateway: { rateLimitPerMinute: 20 } });
    const { ask, investSuite } = world;
    const nodes = async (ids: readonly string[]) =>
      (await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).status;
    const times = (count: number, id: (index: number) => string): string[] =>
      Array.from({ length: count }, (_, i) => id(i));
    expect(await nodes(times(100, () => mine.portfolioId))).toBe(200);
    const calls = investSuite.calls.total;
    expect(await nodes(times(100, (i) => `P${i}`))).toBe(200);
    expect(await nodes(times(100, (i) => `X01F8ZSNV0J45R9DFZ3D7D8C${String(i).padStart(3, '0')}`))).toBe(200);
    expect(investSuite.calls.total).toBe(calls);
    // The same id again costs nothing more.
    expect(await nodes(times(100, () => 'P01F8ZSNV0J45R9DFZ3D7D8C000'))).toBe(200);
    expect(await nodes(times(100, (i) => `P01F8ZSNV0J45R9DFZ3D7D8C${String(i).padStart(3, '0')}`))).toBe(200);
    // 5 requests and 10 for a hundred ids: 5 are left.
    const rest = [];
    for (let i = 0; i < 6; i += 1) rest.push((await ask('{ viewer { id } }')).status);
    expect(rest).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it('are counted for each caller, and come back with time', () => {
    const limit = new RateLimit(2);
    limit.take('a', 0);
    limit.take('a', 0);
    expect(() => limit.take('a', 0)).toThrow('Too many requests');
    limit.take('b', 0);
    expect(() => limit.take('a', 29_000)).toThrow();
    limit.take('a', 30_000);
    expect(() => limit.take('a', 30_000)).toThrow();
  });
});

describe('trusted documents', () => {
  const TRUSTED = '{ viewer { id } }';
  const hash = createHash('sha256').update(TRUSTED).digest('hex');
  const post = async (body: object) =>
    await readAnswer(
      await fetch(`${world?.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );

  it.each([
    ['by text', { query: TRUSTED }],
    ['by hash', { documentId: hash }],
    ['by hash with a prefix', { documentId: `sha256:${hash}` }],
    ['by hash as Apollo sends it', { extensions: { persistedQuery: { version: 1, sha256Hash: hash } } }],
  ])('are executed %s', async (_how, body) => {
    world = await startWorld({ seed: [], gateway: { trustedDocuments: JSON.stringify({ [hash]: TRUSTED }) } });
    expect((await post(body)).data).toEqual({ viewer: { id: 'vwr_local-operator' } });
  });

  it.each([
    ['another text', { query: '{ viewer { __typename } }' }],
    ['the same with a field more', { query: '{ viewer { id user { id } } }' }],
    ['an unknown hash', { documentId: 'abc' }],
    ['a known hash beside another text', { documentId: hash, query: '{ viewer { __typename } }' }],
    ['introspection', { query: '{ __schema { types { name } } }' }],
    ['nothing', {}],
  ])('only: %s is refused', async (_what, body) => {
    world = await startWorld({ seed: [], gateway: { trustedDocuments: JSON.stringify({ [hash]: TRUSTED }) } });
    const answer = await post(body);
    expect(answer.data).toBeUndefined();
    expect(answer.errors?.[0]?.extensions['code']).toBe('DOCUMENT_NOT_TRUSTED');
  });
});

describe('readiness', () => {
  it('is 503 without the store, with the reason', async () => {
    world = await startWorld({ seed: [] });
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200);
    await world.gateway.store.close();
    const response = await fetch(`${world.url}/readyz`);
    expect([response.status, await response.json()]).toMatchObject([503, { reason: 'the store does not answer' }]);
    expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
  });

  it('is 503 while the store is full, with the reason, and 200 afterwards', async () => {
    world = await startWorld({ seed: [] });
    const { gateway, url } = world;
    const limit = (pages: number) =>
      gateway.store.read(({ db }) => sql`pragma max_page_count = ${sql.raw(String(pages))}`.execute(db));
    await limit(1);
    await gateway.store.write(tryToWrite).catch(() => undefined);
    const full = await fetch(`${url}/readyz`);
    expect([full.status, await full.json()]).toMatchObject([503, { reason: 'the store cannot be written' }]);
    await limit(100_000);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('reports an unavailable upstream as degraded, with 200, from the first query until it answers', async () => {
    const portfolio = seedPortfolio({ key: 'ready' });
    world = await startWorld({ seed: [portfolio] });
    const degraded = async () => {
      await world?.ask(`{ portfolio(id: "${portfolio.portfolioId}") { cashBalance { balance } } }`);
      const response = await fetch(`${world?.url}/readyz`);
      return [response.status, await response.json()];
    };
    world.investSuite.faults.add({ kind: 'reset-before' });
    expect(await degraded()).toMatchObject([200, { degraded: ['InvestSuite is not available'] }]);
    world.investSuite.faults.clear();
    world.upvest.faults.add({ kind: 'reset-before' });
    expect(await degraded()).toMatchObject([200, { degraded: ['Upvest is not available'] }]);
    world.upvest.faults.clear();
    expect(await degraded()).toMatchObject([200, { degraded: [] }]);
  });
});
