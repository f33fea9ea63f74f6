import { afterEach, describe, expect, it } from 'vitest';
import { checkInvestSuite, type InvestSuiteOptions } from '../../../src/datasources/investsuite/index.ts';
import { type FakeUpstream, type Handler, resetConnection, startFakeUpstream } from '../fake-upstream.ts';
import { badRequest, idsAskedFor, notFound, page, wirePortfolio, wireTransaction } from './fake-investsuite.ts';

const SECRET = 'secret-access-key-value';

let upstream: FakeUpstream | undefined;
afterEach(async () => {
  await upstream?.stop();
  upstream = undefined;
});

const login = { body: { access_token: 'token', expires_in: '300' } };
const good: Handler = ({ path, query }) => {
  if (path === '/auth/login/') return login;
  if (path === '/portfolios/') return page([wirePortfolio(1), wirePortfolio(2)].slice(0, query.has('limit') ? 2 : 9));
  return page([wireTransaction(1)]);
};

/** The value tried and its fault. */
async function check(
  handler: Handler,
  options: Partial<InvestSuiteOptions> = {},
): Promise<Record<string, string | null>> {
  upstream = await startFakeUpstream(handler);
  const keys = { accessKeyId: 'key-id', secretAccessKey: SECRET };
  const findings = await checkInvestSuite({ baseUrl: upstream.url, ...keys, attemptTimeoutMs: 500, ...options });
  expect(JSON.stringify(findings)).not.toContain(SECRET);
  return Object.fromEntries(findings.map(({ tried, problem }) => [tried, problem]));
}

describe('the check of InvestSuite', () => {
  it('finds nothing where all works, and writes nothing', async () => {
    const all = { login: null, portfolios: null, batching: null, transactions: null };
    expect(await check(good)).toEqual(all);
    expect(upstream?.calls.filter(({ method, path }) => method !== 'GET' && path !== '/auth/login/')).toEqual([]);
  });

  it.each([
    [401, 'wrong-access-key'],
    [403, 'wrong-access-key'],
    [404, 'unexpected-answer'],
    [500, 'upstream-failing'],
    [429, 'upstream-failing'],
  ])('tells a login that ends in %i: %s', async (status, problem) => {
    expect(await check(() => ({ status, body: { description: SECRET } }))).toEqual({ login: problem });
  });

  it('reports an address where another server answers, or none', async () => {
    expect(await check(() => ({ body: '<html>' }))).toEqual({ login: 'unexpected-answer' });
    await upstream?.stop();
    expect(await check(() => resetConnection)).toEqual({ login: 'unreachable' });
    await upstream?.stop();
    expect(await check(good, { baseUrl: 'http://127.0.0.1:1' })).toEqual({ login: 'unreachable' });
  });

  it('reports refused reads, and undocumented answers', async () => {
    const refusing: Handler = (call) => (call.path === '/auth/login/' ? login : { status: 403, body: {} });
    expect(await check(refusing)).toMatchObject({ login: null, portfolios: 'not-allowed' });
    await upstream?.stop();
    const strange: Handler = (call) => (call.path === '/auth/login/' ? login : { body: { items: [] } });
    expect(await check(strange)).toMatchObject({ portfolios: 'unexpected-answer' });
  });

  it('reports that lists of ids do not work, or that transactions cannot be listed', async () => {
    const single: Handler = (call) => (idsAskedFor(call) === undefined ? good(call) : badRequest('query'));
    expect(await check(single)).toMatchObject({ batching: 'no-batching', transactions: null });
    await upstream?.stop();
    expect(await check(single, { batching: 'off' })).toMatchObject({ batching: null });
    await upstream?.stop();
    const unlisted: Handler = (call) => (call.path.endsWith('/transactions/') ? notFound : good(call));
    expect(await check(unlisted)).toMatchObject({ batching: null, transactions: 'unexpected-answer' });
  });

  it('reports where there is nothing to try it with', async () => {
    const empty: Handler = (call) => (call.path === '/auth/login/' ? login : page([]));
    expect(await check(empty)).toEqual({ login: null, portfolios: null, batching: null, transactions: null });
  });
});
