import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  combineSeeds,
  demoSeed,
  seedMovement,
  seedPortfolio,
  startUpvestStandin,
  type UpvestStandin,
} from '../../../src/standins/index.ts';
import { compared, plus, times, toCents } from '../../../src/standins/values/exact.ts';
import { closeOf, dayNumber, isTradingDay, lastTradingDay, pricesOn } from '../../../src/standins/values/prices.ts';
import { type UpvestClient, upvestClient } from '../support/upvest-client.ts';

/** A Monday, before the markets close. */
const NOW = new Date('2026-11-30T12:00:00Z');
const [APPLE, FUND, UNQUOTED] = ['US0378331005', 'IE00B4L5Y983', 'BE92189F1066'];
const bought = (isin: string, units: string, datetime: string) =>
  seedMovement({ type: 'BUY', instrument_id: isin, units, datetime });

const one = seedPortfolio({
  key: 'valuations/one',
  holdings: { $EUR: '100.25', [APPLE]: '3', [FUND]: '10.5', [UNQUOTED]: '2' },
  transactions: [
    {
      movements: [
        { ...bought(APPLE, '3', '2026-11-18T10:00:00Z'), status: 'PLACED' },
        bought(APPLE, '3', '2026-11-18T14:00:00+00:00'),
      ],
    },
    { movements: [bought(FUND, '0.5', '2026-11-24T14:00:00+00:00')] },
  ],
});
const empty = seedPortfolio({ key: 'valuations/empty', holdings: {} });

let standin: UpvestStandin;
let client: UpvestClient;
beforeAll(async () => {
  standin = await startUpvestStandin({ seed: combineSeeds(one, empty).upvest, clock: () => NOW });
  const created = Math.floor(NOW.getTime() / 1000);
  const scope = 'valuations:read account_returns:read prices:read transactions:read orders:admin';
  client = await upvestClient(standin, scope, created);
});
afterAll(() => standin.stop());

const day = (text: string): number => dayNumber(new Date(`${text}T00:00:00Z`));
const valuations = `/accounts/${one.broker.accountId}/valuations`;
interface Position {
  readonly instrument: { readonly isin: string };
  readonly quantity: string;
  readonly value: { readonly amount: string; readonly price_time: string } | null;
  readonly weight: string | null;
}
const unitsOf = (rows: readonly Position[]) =>
  Object.fromEntries(rows.map(({ instrument, quantity }) => [instrument.isin, quantity]));

describe('valuations', () => {
  test('are of the units of the day at its closes, one a day', async () => {
    const { data, meta } = (await client.get(`${valuations}?start_date=2026-11-17&end_date=2026-11-25`)).json();
    expect(meta).toMatchObject({ total_count: 9, sort: 'valuation_time' });
    const byDay = new Map<string, { total_security_value: { amount: string }; security_positions: Position[] }>(
      data.map((row: { valuation_time: string }) => [row.valuation_time.slice(0, 10), row]),
    );
    expect(unitsOf(byDay.get('2026-11-17')?.security_positions ?? [])).toEqual({ [FUND]: '10.0', [UNQUOTED]: '2' });
    expect(unitsOf(byDay.get('2026-11-18')?.security_positions ?? [])).toEqual({
      [APPLE]: '3',
      [FUND]: '10.0',
      [UNQUOTED]: '2',
    });
    expect(unitsOf(byDay.get('2026-11-24')?.security_positions ?? [])).toMatchObject({ [FUND]: '10.5' });
    const expected = plus(
      toCents(times('3', closeOf(APPLE, day('2026-11-25')))),
      toCents(times('10.5', closeOf(FUND, day('2026-11-25')))),
    );
    expect(byDay.get('2026-11-25')?.total_security_value.amount).toBe(expected);
    // A Saturday has Friday's closes.
    const { data: weekend } = (await client.get(`${valuations}?start_date=2026-11-21&end_date=2026-11-21`)).json();
    expect(weekend[0].security_positions[0].value.price_time).toBe('2026-11-20T22:00:00Z');
  });

  test('end with the last day that is over', async () => {
    const { data } = (await client.get(`${valuations}?start_date=2026-11-28`)).json();
    expect(data.map((row: { valuation_time: string }) => row.valuation_time)).toEqual([
      '2026-11-28T22:00:00Z',
      '2026-11-29T22:00:00Z',
    ]);
  });

  test('are now with the last closes, or with what is paid; a line without a price counts as nothing', async () => {
    const eod = (await client.get(`${valuations}/current?price_quality=EOD`)).json();
    const live = (await client.get(`${valuations}/current?price_quality=HIGHEST_AVAILABLE`)).json();
    expect(eod).toMatchObject({ price_quality: 'EOD', account_id: one.broker.accountId });
    expect(live.price_quality).toBe('HIGHEST_AVAILABLE');
    const [apple, fund, unquoted] = eod.security_positions;
    expect(apple.value.price_time).toBe('2026-11-27T22:00:00Z');
    expect(unquoted).toMatchObject({ value: null, weight: null, price_quality: 'NA' });
    expect(eod.total_security_value.amount).toBe(plus(apple.value.amount, fund.value.amount));
    expect(live.security_positions[0].price_quality).toBe('REALTIME');
    for (const query of ['', '?price_quality=BEST'])
      expect((await client.get(`${valuations}/current${query}`)).status).toBe(400);
  });

  test('of an empty account are 0', async () => {
    const body = (await client.get(`/accounts/${empty.broker.accountId}/valuations/current?price_quality=EOD`)).json();
    expect(body).toMatchObject({ total_security_value: { amount: '0', currency: 'EUR' }, security_positions: [] });
  });

  test('are told by webhook as their GET answers them', () => {
    const valuation = standin.valueAccount(one.broker.accountId, 'INTRADAY_ACCOUNT_VALUATION');
    expect(standin.webhooks.events().at(-1)).toMatchObject({
      type: 'INTRADAY_ACCOUNT_VALUATION.CREATED',
      object: valuation,
    });
  });

  test.each([
    ['/valuations?start_date=2026-1-1', 400],
    ['/valuations?end_date=today', 400],
    ['/valuations?sort=date', 400],
    ['/returns?sort=valuation_time', 400],
  ])('refuse %s', async (path, status) => {
    expect((await client.get(`/accounts/${one.broker.accountId}${path}`)).status).toBe(status);
    expect((await client.get(`/accounts/${empty.broker.userId}/valuations`)).status).toBe(404);
  });
});

describe('returns', () => {
  test('are those of the units of the day before, whatever was bought', async () => {
    const { data } = (
      await client.get(`/accounts/${one.broker.accountId}/returns?start_date=2026-11-18&end_date=2026-11-18`)
    ).json();
    const moved = Number(closeOf(FUND, day('2026-11-18'))) / Number(closeOf(FUND, day('2026-11-17'))) - 1;
    expect(Number(data[0].twr.daily)).toBeCloseTo(moved, 9);
    expect(data[0]).toMatchObject({ account_id: one.broker.accountId, date: '2026-11-18T00:00:00Z' });
  });
});

describe('prices', () => {
  const at = `/instruments/isin:${APPLE}/venues`;

  test('are at venues, which a fund without a price has none of', async () => {
    const { data } = (await client.get(at)).json();
    expect(data).toHaveLength(2);
    expect((await client.get(`/instruments/isin:${UNQUOTED}/venues`)).json()).toEqual({ data: [] });
    expect((await client.get(`/instruments/isin:${UNQUOTED}/venues/${data[0].id}/prices/latest`)).status).toBe(404);
    const latest = (await client.get(`${at}/${data[0].id}/prices/latest`)).json();
    expect(latest).toMatchObject({
      currency: 'EUR',
      price_quality: 'REALTIME',
      last_trade: { time: NOW.toISOString() },
    });
    expect((await client.get(`${at}/${data[0].id}/prices/latest?price_quality=NA`)).status).toBe(400);
  });

  test('of a day without trading are a close alone, and no more than a thousand are answered', async () => {
    const { data: venues } = (await client.get(at)).json();
    const ohlc = `${at}/${venues[0].id}/prices/ohlc`;
    const { data, meta } = (await client.get(`${ohlc}?start_date=2026-11-20&end_date=2026-11-22&interval=1d`)).json();
    expect(meta).toEqual({ count: 3 });
    expect(data[0]).toEqual({ currency: 'EUR', time: '2026-11-20T00:00:00Z', ...pricesOn(APPLE, day('2026-11-20')) });
    expect(data[1]).toMatchObject({ open: '', high: '', low: '', close: data[0].close, volume: '0' });
    expect((await client.get(`${ohlc}?start_date=2024-03-06&end_date=2026-11-29`)).json().meta).toEqual({ count: 999 });
    expect((await client.get(`${ohlc}?start_date=2024-01-01&end_date=2026-11-29`)).status).toBe(400);
  });

  test('move as prices do', () => {
    for (const isin of [APPLE, FUND, 'DE0007164600', 'DE000BU0E006']) {
      const days = Array.from({ length: 730 }, (_, i) => day('2024-12-01') + i).filter(isTradingDay);
      const moves = days
        .slice(1)
        .map((at) => Number(closeOf(isin, at)) / Number(closeOf(isin, lastTradingDay(at - 1))) - 1);
      expect(Math.max(...moves.map(Math.abs))).toBeLessThan(0.12);
      expect(moves.some((move) => move > 0) && moves.some((move) => move < 0)).toBe(true);
      expect(new Set(days.map((at) => closeOf(isin, at))).size).toBeGreaterThan(50);
    }
  });
});

describe('the demo', () => {
  const { investSuite, upvest } = demoSeed({ portfolios: 40, now: NOW });

  test('has a cash ledger that adds up to the balance', () => {
    const [plan] = investSuite.portfolios;
    const group = plan?.brokerage_account?.brokerage_portfolio_id;
    const lines = upvest.cashTransactions.filter(({ account_group_id: of }) => of === group);
    const balance = upvest.balances.find(({ account_group_id: of }) => of === group)?.balance ?? '';
    expect(lines.length).toBeGreaterThan(100);
    expect(
      compared(
        lines.reduce((sum, { delta }) => plus(sum, delta.amount), '0'),
        balance,
      ),
    ).toBe(0);
    expect(new Set(lines.map(({ type }) => type))).toEqual(
      new Set(['CREDIT_FUNDING', 'ORDER_EXECUTION', 'FEE_COLLECTION', 'CASH_DIVIDEND', 'WITHDRAWAL']),
    );
  });

  test('begins with a savings plan whose year looks like one', async () => {
    const demo = await startUpvestStandin({ seed: upvest, clock: () => NOW });
    const asking = await upvestClient(demo, 'valuations:read', Math.floor(NOW.getTime() / 1000));
    const { data } = (
      await asking.get(`/accounts/${upvest.accounts[0]?.id}/valuations?start_date=2025-12-01&limit=1000`)
    ).json();
    await demo.stop();
    const worth = data.map((row: { total_security_value: { amount: string } }) =>
      Number(row.total_security_value.amount),
    );
    expect(worth).toHaveLength(364);
    // It grows by what is saved and moves by some percent; nothing jumps.
    for (const [index, value] of worth.slice(1).entries())
      expect(Math.abs(value / worth[index] - 1)).toBeLessThan(0.06);
    expect(worth.at(-1)).toBeGreaterThan(15_000);
    expect(worth.at(-1)).toBeLessThan(60_000);
  });
});
