import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { combineSeeds, type FaultRule, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { eventually, send } from './support/http.ts';
import { type InvestSuiteClient, investSuiteClient } from './support/invest-suite-client.ts';
import { type UpvestClient, upvestClient } from './support/upvest-client.ts';

const seeded = seedPortfolio({ key: 'control', holdings: { $EUR: '100' }, manager: 'USER_MANAGED' });
let standins: Standins;
let investSuite: InvestSuiteClient;
let upvest: UpvestClient;

beforeAll(async () => {
  standins = await startStandins({ seed: combineSeeds(seeded), settleDelayMs: 'manual' });
  investSuite = await investSuiteClient(standins.investSuite);
  upvest = await upvestClient(standins.upvest);
});
afterAll(() => standins.stop());
afterEach(() => {
  standins.investSuite.faults.clear();
  standins.upvest.faults.clear();
});

const cash = () => standins.investSuite.cash(seeded.portfolioId);
const read = () => investSuite.get(`/portfolios/${seeded.portfolioId}`);
const deposit = () => {
  const data = { amount: '1', currency: 'EUR', portfolio: seeded.portfolioId };
  return investSuite.post('/events/deposit/', { data });
};

describe('faults', () => {
  test('a reset before the work leaves nothing done, one after it everything', async () => {
    standins.investSuite.faults.add({ kind: 'reset-before', times: 1 }, { kind: 'reset-after', times: 1 });
    const before = cash();
    await expect(deposit()).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(cash()).toBe(before);
    await expect(deposit()).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(Number(cash())).toBe(Number(before) + 1);
    expect((await deposit()).status).toBe(200);
  });

  test('a status is answered in the vendor’s shape, before or after the work', async () => {
    standins.investSuite.faults.add(
      { kind: 'status', status: 503, retryAfterSeconds: 7, times: 1 },
      { kind: 'status', status: 504, work: 'done', times: 1 },
    );
    const before = Number(cash());
    const first = await deposit();
    expect([first.status, first.headers['retry-after'], Number(cash())]).toEqual([503, '7', before]);
    expect([(await deposit()).status, Number(cash())]).toEqual([504, before + 1]);
    standins.upvest.faults.add({ kind: 'status', status: 429 });
    const problem = await upvest.get('/users');
    expect(problem.headers['content-type']).toBe('application/problem+json');
    expect(problem.json().type).toBe('https://docs.upvest.co/errors/too_many_requests');
  });

  test.each(['not-json', 'wrong-shape', 'truncated', 'empty'] as const)('garbage: %s', async (form) => {
    standins.investSuite.faults.add({ kind: 'garbage', form });
    const { status, json } = await read();
    expect(status).toBe(200);
    if (form === 'wrong-shape') expect(json().id).toBeUndefined();
    else expect(json).toThrow();
  });

  test('a delay comes before the answer, a hang never ends', async () => {
    standins.investSuite.faults.add({ kind: 'delay', ms: 30, times: 1 }, { kind: 'hang', times: 1 });
    const started = performance.now();
    expect((await read()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(29);
    let answered = false;
    const hanging = read().then(
      () => {
        answered = true;
      },
      () => undefined,
    );
    await eventually(() => standins.investSuite.calls.inFlight === 1, 'the hanging call');
    expect((await read()).status).toBe(200);
    expect(answered).toBe(false);
    void hanging;
  });

  test('rules choose by method and path, can skip, and run out', async () => {
    const rule: FaultRule = {
      kind: 'status',
      status: 500,
      match: { method: 'GET', path: /^\/users/ },
      skip: 1,
      times: 2,
    };
    standins.upvest.faults.add(rule);
    const statuses = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await upvest.get('/users')).status);
    expect(statuses).toEqual([200, 500, 500, 200, 200]);
    expect((await upvest.get('/accounts')).status).toBe(200);
    expect(standins.upvest.faults.list()[0]?.hits).toBe(2);
  });
});

describe('calls', () => {
  test('are counted by method and path, with the most at a time', async () => {
    const { calls, settings } = standins.upvest;
    // Long enough that the first is still waiting when the last arrives.
    settings.latencyMs = 2_000;
    calls.reset();
    await Promise.all([upvest.get('/users?limit=1'), upvest.get('/users?limit=2'), upvest.get('/accounts')]);
    settings.latencyMs = 0;
    expect(calls.count({ method: 'GET', path: /^\/users/ })).toBe(2);
    expect([calls.total, calls.maxConcurrent]).toEqual([3, 3]);
    expect(calls.list().map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('keep the body and the idempotency key, but nothing of a login', async () => {
    standins.investSuite.calls.reset();
    await investSuiteClient(standins.investSuite);
    const data = { amount: '2', currency: 'EUR', portfolio: seeded.portfolioId };
    await investSuite.post('/events/deposit/', { data }, { 'idempotency-key': 'k-1' });
    const [login, event] = standins.investSuite.calls.list();
    expect(login?.requestBody).toBe('');
    expect(event).toMatchObject({ idempotencyKey: 'k-1', requestBody: JSON.stringify({ data }) });
  });
});

describe('the surface for other processes', () => {
  const json = async (method: string, path: string, body?: object, which: 'investSuite' | 'upvest' = 'upvest') => {
    const { url } = standins[which];
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await send(method, `${url}/__standin/${path}`, { 'content-type': 'application/json' }, text);
    return { status: answer.status, body: answer.text === '' ? undefined : answer.json() };
  };

  test('shows calls, ledger and state without counting itself', async () => {
    await json('DELETE', 'calls');
    await upvest.get('/users');
    const { body } = await json('GET', 'calls?path=%5E/users');
    expect(body).toMatchObject({ count: 1, total: 1, calls: [{ method: 'GET', path: '/users', status: 200 }] });
    expect((await json('GET', 'health')).body.ready).toBe(true);
    const state = await json('GET', `portfolios/${seeded.portfolioId}`, undefined, 'investSuite');
    expect(state.body.portfolio.portfolio.$EUR).toBe(cash());
    expect((await json('GET', 'ledger', undefined, 'investSuite')).body.length).toBeGreaterThan(0);
  });

  test('adds faults, changes settings, moves time on', async () => {
    await json('POST', 'faults', [{ kind: 'status', status: 500, times: 1, match: { path: '^/users' } }]);
    expect((await upvest.get('/users')).status).toBe(500);
    expect((await upvest.get('/users')).status).toBe(200);
    expect((await json('POST', 'faults', { kind: 'nonsense' })).status).toBe(400);
    expect((await json('PATCH', 'settings', { shortOfCash: 'wait' })).body.shortOfCash).toBe('wait');
    expect((await json('PATCH', 'settings', { colour: 'red' })).status).toBe(400);
    const increase = { account_group_id: seeded.broker.accountGroupId, amount: '5.00', currency: 'EUR' };
    const { id } = (await upvest.post('/virtual_cash_balances/increases', increase)).json();
    expect((await json('POST', 'advance', { id })).body).toEqual({ moved: 1 });
    expect((await json('GET', `virtual-cash/${id}`)).body.status).toBe('CONFIRMED');
  });

  test('makes a portfolio in both, and money arrive', async () => {
    const overrides = { key: 'control/second', holdings: { $EUR: '10.50' }, referenceAccounts: 2 };
    const here = await json('POST', 'portfolios', overrides, 'investSuite');
    const there = await json('POST', 'portfolios', overrides);
    expect(here.body).toEqual(there.body);
    const { accountGroupId } = there.body.broker;
    await json('POST', 'cash', { accountGroupId, amount: '1.25' });
    await json('PATCH', `balances/${accountGroupId}`, { locked_for_trading: '3' });
    expect((await json('GET', `groups/${accountGroupId}`)).body.balances[0]).toMatchObject({
      balance: '11.75',
      locked_for_trading: '3',
    });
    const changed = { status: 'INACTIVE', holdings: { $EUR: '12345678901234.123456789' }, divestAmount: '1e100' };
    const { body } = await json('PATCH', `portfolios/${here.body.portfolioId}`, changed, 'investSuite');
    expect(body.portfolio.portfolio).toEqual({ $EUR: '12345678901234.123456789' });
    expect(body.portfolio.config.manager_settings.divest_amount).toBe('1e100');
  });

  test('is not for browsers', async () => {
    const path = `${standins.upvest.url}/__standin/credentials`;
    expect((await send('GET', path, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await send('GET', path, { host: 'evil.example' })).status).toBe(403);
    expect((await send('GET', path)).json().keyId).toBe(standins.upvest.credentials.keyId);
    expect((await send('GET', `${standins.upvest.url}/__standin/nothing`)).status).toBe(404);
  });
});

test('stops at once, also with calls that hang', async () => {
  const own = await startStandins({ seed: 'empty' });
  own.investSuite.faults.add({ kind: 'hang' });
  const hanging = send('GET', `${own.investSuite.url}/portfolios/`);
  const cut = expect(hanging).rejects.toThrow();
  await eventually(() => own.investSuite.calls.inFlight === 1, 'the call');
  await own.stop();
  await cut;
});
