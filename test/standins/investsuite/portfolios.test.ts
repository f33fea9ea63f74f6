import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type InvestSuiteStandin,
  type PortfolioOverrides,
  seedPortfolio,
  startInvestSuiteStandin,
} from '../../../src/standins/index.ts';
import { eventually } from '../support/http.ts';
import { type InvestSuiteClient, investSuiteClient } from '../support/invest-suite-client.ts';

let standin: InvestSuiteStandin;
let client: InvestSuiteClient;
let count = 0;

beforeAll(async () => {
  standin = await startInvestSuiteStandin({ settings: { settleDelayMs: 'manual' } });
  client = await investSuiteClient(standin);
});
afterAll(() => standin.stop());

function fresh(overrides: PortfolioOverrides = {}): string {
  const seeded = seedPortfolio({ key: `patch/${++count}`, ...overrides });
  standin.add(seeded.investSuite ?? {});
  return seeded.portfolioId;
}
const patch = (id: string, body: unknown) => client.patch(`/portfolios/${id}/`, body);
const divest = (amount: unknown) => ({ config: { manager_settings: { divest_amount: amount } } });

describe('PATCH of a portfolio', () => {
  test('replaces the holdings whole and keeps every digit', async () => {
    const id = fresh();
    const answer = await patch(id, '{"portfolio":{"$EUR":12345678901234.123456789,"US0378331005":1e2}}');
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"portfolio":{"$EUR":12345678901234.123456789,"US0378331005":1e2}');
    expect(standin.holdings(id)).toEqual({ $EUR: '12345678901234.123456789', US0378331005: '1e2' });
    expect(answer.json().version).toBe(2);
  });

  test('merges config deeply', async () => {
    const id = fresh();
    const { config } = (await patch(id, '{"config":{"manager_settings":{"divest_amount":500.50}}}')).json();
    expect(config.manager).toBe('ROBO_ADVISOR_DISCRETIONARY');
    expect(config.manager_settings.policy_id).toMatch(/^Y/);
    expect(standin.divestAmount(id)).toBe('500.50');
  });

  test.each([
    ['an unknown field', { holdings: {} }, ['body', 'holdings']],
    ['the prose’s path of divest_amount', { manager: { manager_settings: {} } }, ['body', 'manager']],
    ['a string where a number belongs', { portfolio: { $EUR: '5' } }, ['body', 'portfolio', '$EUR']],
    ['a key that is no instrument', { portfolio: { EUR: 5 } }, ['body', 'portfolio', 'EUR']],
    ['a string divest_amount', divest('5'), ['body', 'config', 'manager_settings', 'divest_amount']],
    ['a status', { status: 'ACTIVE' }, ['body', 'status']],
    ['a wrong date', { funded_since: 'yesterday' }, ['body', 'funded_since']],
    ['__proto__', '{"__proto__":{}}', ['body', '__proto__']],
  ])('refuses %s', async (_, body, loc) => {
    const id = fresh();
    const answer = await patch(id, body);
    expect(answer.status).toBe(400);
    expect(answer.json().detail[0].loc).toEqual(loc);
    expect(standin.portfolio(id)?.version).toBe(1);
  });

  test('has no divest_amount for a self investor', async () => {
    const answer = await patch(fresh({ manager: 'USER_MANAGED' }), divest(5));
    expect([answer.status, answer.json().detail[0].msg]).toEqual([400, 'extra fields not permitted']);
  });

  test.each([{ base_currency: 'USD' }, { money_type: 'PAPER_MONEY' }, { config: { manager: 'USER_MANAGED' } }])(
    'refuses the write-once %j with 422',
    async (body) => {
      const answer = await patch(fresh(), body);
      expect(answer.status).toBe(422);
      expect(answer.json().detail[0].msg).toMatch(/allow_mutation=False/);
    },
  );

  test('sets funded_since once', async () => {
    const id = fresh({ status: 'WAITING_FOR_FUNDS', holdings: {} });
    expect((await patch(id, { funded_since: '2021-02-18T08:21:02+00:00' })).status).toBe(200);
    expect((await patch(id, { funded_since: '2022-02-18T08:21:02+00:00' })).status).toBe(422);
  });

  test('makes a portfolio that waits for funds active with its first cash', async () => {
    const id = fresh({ status: 'WAITING_FOR_FUNDS', holdings: {} });
    expect((await patch(id, { portfolio: { $EUR: 0 } })).json().status).toBe('WAITING_FOR_FUNDS');
    expect((await patch(id, { portfolio: { $EUR: 0.01 } })).json().status).toBe('ACTIVE');
    expect(standin.busEvents().at(-1)).toMatchObject({ subject: 'portfolios', action: 'status-update' });
  });

  test('takes no negative divest_amount', async () => {
    expect((await patch(fresh(), divest(-1))).status).toBe(422);
  });

  test('publishes what is to be paid out, and enters it in the ledger', async () => {
    const id = fresh();
    await patch(id, '{"config":{"manager_settings":{"divest_amount":1e100}}}');
    expect(standin.busEvents().at(-1)).toMatchObject({
      action: 'divest-amount-update',
      data: { id, divest_amount: '1e100', currency: 'EUR' },
    });
    expect(standin.ledger().at(-1)).toMatchObject({ kind: 'divest-amount-set', portfolioId: id, amount: '1e100' });
  });
});

describe('optimizations', () => {
  test('any PATCH of a robo portfolio starts one; 202 until it is done', async () => {
    const id = fresh({ holdings: { $EUR: '100', US0378331005: '10' } });
    expect((await client.get(`/portfolios/${id}/optimizations/latest/`)).status).toBe(404);
    await patch(id, '{}');
    const running = await client.get(`/portfolios/${id}/optimizations/latest/`);
    expect(running.status).toBe(202);
    expect(Object.keys(running.json())).toEqual(['message', 'details', 'optimization_hash']);
    standin.schedule.advance({ kind: 'optimization', id });
    const done = await client.get(`/portfolios/${id}/optimizations/current/`);
    expect(done.status).toBe(200);
    expect(done.json().portfolio_update.is_recommended).toBe(true);
    expect((await client.get(`/portfolios/${id}/optimizations/${done.json().id}`)).json().status).toBe('SUCCESS');
  });

  test('a self investor’s portfolio has none', async () => {
    const id = fresh({ manager: 'USER_MANAGED' });
    await patch(id, '{}');
    expect((await client.get(`/portfolios/${id}/optimizations/latest/`)).status).toBe(404);
  });

  test('while one is computed no more can be asked back (409), less can', async () => {
    const id = fresh({ divestAmount: '100', optimization: { inProgress: true } });
    expect((await patch(id, divest(101))).status).toBe(409);
    expect((await patch(id, divest(99))).status).toBe(200);
    expect((await patch(id, divest(null))).status).toBe(200);
    standin.settings.rebalancingBlocksWithdrawals = false;
    expect((await patch(id, divest(500))).status).toBe(200);
    standin.settings.rebalancingBlocksWithdrawals = true;
  });

  test('comes by itself where time runs', async () => {
    standin.settings.settleDelayMs = 1;
    const id = fresh();
    await patch(id, '{}');
    await eventually(() => standin.optimization(id)?.status === 'SUCCESS', 'the optimization');
    standin.settings.settleDelayMs = 'manual';
  });
});

describe('creating and deleting', () => {
  const body = (owner: string) => ({
    name: 'New',
    owned_by_user_id: owner,
    base_currency: 'EUR',
    money_type: 'REAL_MONEY',
    config: { manager: 'USER_MANAGED', manager_version: 1 },
  });

  test('a portfolio begins with version 1 and ends deleted, then 404', async () => {
    const user = (await client.post('/users/', {})).json();
    const made = await client.post('/portfolios/', body(user.id));
    expect([made.status, made.json().version, made.json().status]).toEqual([201, 1, 'WAITING_FOR_ACCOUNT']);
    const removed = await client.delete(`/portfolios/${made.json().id}`);
    expect(removed.json()).toMatchObject({ deleted: true, version: 2 });
    expect((await client.get(`/portfolios/${made.json().id}`)).status).toBe(404);
  });

  test('missing and unknown fields are reported', async () => {
    const answer = await client.post('/portfolios/', { colour: 'red' });
    const problems = answer.json().detail.map(({ loc, msg }: { loc: string[]; msg: string }) => `${loc.at(-1)} ${msg}`);
    expect(problems).toContain('base_currency field required');
    expect(problems).toContain('colour extra fields not permitted');
  });

  test('a user’s e-mail may be written once', async () => {
    const user = (await client.post('/users/', { email: 'a@example.com' })).json();
    expect((await client.patch(`/users/${user.id}`, { first_name: 'Ann' })).json().first_name).toBe('Ann');
    expect((await client.patch(`/users/${user.id}`, { email: 'b@example.com' })).status).toBe(422);
  });
});
