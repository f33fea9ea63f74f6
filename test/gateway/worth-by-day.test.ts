import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { type BrokerWorld, startBrokerWorld } from '../helpers/broker-world.ts';
import type { GraphqlAnswer } from '../helpers/gateway.ts';
import { APPLE, accountOf, askPortfolio, codesOf as codes, UNPRICED, valuation } from '../helpers/valuations.ts';

const one = seedPortfolio({ key: 'one' });
const two = seedPortfolio({ key: 'two', accounts: 2 });
const dollars = seedPortfolio({ key: 'dollars', baseCurrency: 'USD' });
const unlinked = seedPortfolio({ key: 'unlinked', linked: false });

let world: BrokerWorld;
beforeAll(async () => {
  world = await startBrokerWorld([one, two, dollars, unlinked]);
});
afterAll(() => world.stop());
beforeEach(() => {
  world.upvest.calls.length = 0;
});

const ask = (portfolio: typeof one, fields: string): Promise<GraphqlAnswer> => askPortfolio(world, portfolio, fields);
async function read(portfolio: typeof one, fields: string): Promise<Record<string, unknown>> {
  const answer = await ask(portfolio, fields);
  expect(answer.errors).toBeUndefined();
  return (answer.data as { portfolio: Record<string, unknown> }).portfolio;
}

const day = (account: string, on: string, amount: string, more: object = {}) =>
  valuation(account, {
    id: `${account}-${on}`,
    valuation_time: `${on}T22:00:00Z`,
    total_security_value: { amount, currency: 'EUR' },
    security_positions: [],
    ...more,
  });
const daysAre = (account: string, rows: readonly object[]): void =>
  world.upvest.onList(`/accounts/${account}/valuations`, rows);
const RANGE = 'valuations(from: "2026-01-01", to: "2026-01-05") { on securities currency unpriced }';
const shownDays = (found: Record<string, unknown>) =>
  (found['valuations'] as { on: string; securities: string }[] | null)?.map(
    ({ on, securities }) => `${on} ${securities}`,
  );

describe('the worth by day', () => {
  it('is the broker’s, oldest first, within the days that are asked for', async () => {
    const account = accountOf(one);
    daysAre(account, [
      day(account, '2026-01-03', '3.30'),
      day(account, '2026-01-01', '1.10', { security_positions: [APPLE, UNPRICED, { ...UNPRICED, value: undefined }] }),
      day(account, '2026-01-06', '6'),
      day(account, '2025-12-31', '0'),
      day(account, '2026-01-05', '5.123456789012345678901234567'),
    ]);
    expect(await read(one, RANGE)).toMatchObject({
      valuations: [
        { on: '2026-01-01', securities: '1.10', currency: 'EUR', unpriced: 2 },
        { on: '2026-01-03', securities: '3.30', currency: 'EUR', unpriced: 0 },
        { on: '2026-01-05', securities: '5.123456789012345678901234567', currency: 'EUR', unpriced: 0 },
      ],
    });
    const [call] = world.upvest.callsTo('GET', `/accounts/${account}/valuations`);
    expect(call?.query.get('start_date')).toBe('2026-01-01');
    expect(call?.query.get('end_date')).toBe('2026-01-06');
    expect(call?.scope).toBe('valuations:read');
  });

  it('is by days in UTC, the newest where the broker has valued a day again', async () => {
    const account = accountOf(one);
    daysAre(account, [
      day(account, '2026-01-02', '2', { valuation_time: '2026-01-03T01:30:00+02:00' }),
      day(account, '2026-01-04', '4.1', { valuation_time: '2026-01-04T22:00:00Z', id: 'b' }),
      day(account, '2026-01-04', '4.0', { valuation_time: '2026-01-04T21:00:00Z', id: 'a' }),
      day(account, '2026-01-05', '5', { valuation_time: '2026-01-05' }),
    ]);
    expect(shownDays(await read(one, RANGE))).toEqual(['2026-01-02 2', '2026-01-04 4.1', '2026-01-05 5']);
  });

  it('goes through all pages of ten years', async () => {
    const account = accountOf(one);
    const begin = Date.parse('2016-01-01T00:00:00Z');
    const dates = Array.from({ length: 3_700 }, (_, i) => new Date(begin + i * 86_400_000).toISOString().slice(0, 10));
    daysAre(
      account,
      dates.map((on, i) => day(account, on, `${i}.01`)),
    );
    const last = dates.at(-1) ?? '';
    const found = await read(one, `valuations(from: "2016-01-01", to: "${last}") { on securities }`);
    expect(shownDays(found)).toEqual(dates.map((on, i) => `${on} ${i}.01`));
    expect(world.upvest.callsTo('GET', `/accounts/${account}/valuations`)).toHaveLength(4);
  });

  it.each([
    ['2026-01-02', '2026-01-01', 'BAD_USER_INPUT'],
    ['2016-01-01', '2026-02-18', 'BAD_USER_INPUT'],
    ['2026-02-30', '2026-03-01', 'BAD_USER_INPUT'],
  ])('is refused from %s to %s, without a call', async (from, to, code) => {
    for (const field of ['valuations', 'returns']) {
      const inner = field === 'valuations' ? 'on' : 'cumulative';
      const answer = await world.ask(
        `query ($id: ID!, $from: Date!, $to: Date!) { portfolio(id: $id) { ${field}(from: $from, to: $to) { ${inner} } } }`,
        { id: one.portfolioId, from, to },
      );
      expect(answer.errors?.[0]?.extensions['code']).toBe(code);
    }
    expect(world.upvest.calls.filter(({ path }) => /valuations|returns/.test(path))).toEqual([]);
  });

  it('reports the days that could not be read, and shows the others', async () => {
    const account = accountOf(one);
    daysAre(account, [day(account, '2026-01-01', '1'), day(account, '2026-01-02', 'two'), { nonsense: true }]);
    const answer = await ask(one, RANGE);
    expect(codes(answer)).toEqual([['portfolio.valuations', 'UPSTREAM_ROW_UNREADABLE']]);
    expect(answer.errors?.[0]?.extensions['rows']).toBe(2);
    expect(answer.data).toMatchObject({ portfolio: { valuations: [{ on: '2026-01-01' }] } });
  });

  it('is never another account’s', async () => {
    daysAre(accountOf(one), [day(accountOf(two), '2026-01-01', '1')]);
    expect(codes(await ask(one, RANGE))).toEqual([['portfolio.valuations', 'UPSTREAM_INVALID_ANSWER']]);
  });

  describe('of several accounts', () => {
    const [first, second] = [accountOf(two, 0), accountOf(two, 1)];

    it('is the sum of the days that are known of all', async () => {
      daysAre(
        first,
        ['1', '2', '3', '4', '5'].map((d) => day(first, `2026-01-0${d}`, `${d}.01`)),
      );
      // Opened on the second day, not valued on the third, empty on the fourth, and no more valued after that.
      daysAre(second, [day(second, '2026-01-02', '10'), day(second, '2026-01-04', '0')]);
      expect(shownDays(await read(two, RANGE))).toEqual([
        '2026-01-01 1.01',
        '2026-01-02 12.01',
        '2026-01-04 4.01',
        '2026-01-05 5.01',
      ]);
    });

    it('is not known where a day of one can’t be read', async () => {
      daysAre(first, [day(first, '2026-01-01', '1')]);
      daysAre(second, [day(second, '2026-01-01', 'two')]);
      expect(codes(await ask(two, RANGE))).toEqual([['portfolio.valuations', 'UPSTREAM_ROW_UNREADABLE']]);
    });

    it('is not known where they are of several currencies', async () => {
      daysAre(first, [day(first, '2026-01-01', '1')]);
      daysAre(second, [day(second, '2026-01-01', '2', { total_security_value: { amount: '2', currency: 'USD' } })]);
      expect(codes(await ask(two, RANGE))).toEqual([['portfolio.valuations', 'UPSTREAM_INVALID_ANSWER']]);
    });
  });
});

describe('returns', () => {
  const RETURNS =
    'returns(from: "2023-09-01", to: "2023-09-02") { cumulative since days { on daily cumulative since } }';
  const account = accountOf(one);
  const returned = (date: string, twr: object | undefined, more: object = {}) => ({
    account_id: account,
    date,
    twr,
    ...more,
  });

  it('are the broker’s fractions, oldest first', async () => {
    const since = '2023-08-01T00:00:00Z';
    world.upvest.onList(`/accounts/${account}/returns`, [
      returned('2023-09-02T00:00:00Z', {
        daily: '-0.005116543491',
        cumulative: '0.0271528232',
        cumulative_start_date: since,
      }),
      returned('2023-09-01T00:00:00Z', {
        daily: '0.0132434142',
        cumulative: '0.0324353234',
        cumulative_start_date: since,
      }),
      returned('2023-09-03T00:00:00Z', { daily: '1' }),
    ]);
    expect(await read(one, RETURNS)).toMatchObject({
      returns: {
        cumulative: '0.0271528232',
        since: '2023-08-01',
        days: [
          { on: '2023-09-01', daily: '0.0132434142', cumulative: '0.0324353234', since: '2023-08-01' },
          { on: '2023-09-02', daily: '-0.005116543491', cumulative: '0.0271528232', since: '2023-08-01' },
        ],
      },
    });
    expect(world.upvest.callsTo('GET', `/accounts/${account}/returns`)).toMatchObject([
      { scope: 'account_returns:read' },
    ]);
  });

  it('may lack parts, and be numbers', async () => {
    world.upvest.onList(`/accounts/${account}/returns`, [
      returned('2023-09-01', { daily: -1e-27, cumulative: '' }),
      returned('2023-09-02', undefined),
    ]);
    expect(await read(one, RETURNS)).toMatchObject({
      returns: {
        cumulative: null,
        days: [
          { daily: '-0.000000000000000000000000001', cumulative: null },
          { daily: null, cumulative: null },
        ],
      },
    });
  });

  it('are never another account’s', async () => {
    world.upvest.onList(`/accounts/${account}/returns`, [returned('2023-09-01', {}, { account_id: accountOf(two) })]);
    expect(codes(await ask(one, RETURNS))).toEqual([['portfolio.returns', 'UPSTREAM_INVALID_ANSWER']]);
  });
});
