import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type InvestSuiteStandin,
  type PortfolioOverrides,
  seedPortfolio,
  startInvestSuiteStandin,
} from '../../../src/standins/index.ts';
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
  const seeded = seedPortfolio({ key: `events/${++count}`, holdings: { $EUR: '100.00' }, ...overrides });
  standin.add(seeded.investSuite ?? {});
  return seeded.portfolioId;
}
const event = (direction: string, portfolio: string, amount: unknown, key?: string, currency = 'EUR') =>
  client.post(
    `/events/${direction}/`,
    { data: { amount, currency, portfolio } },
    key === undefined ? {} : { 'idempotency-key': key },
  );
const eventsOf = (portfolioId: string) =>
  standin.ledger().filter((entry) => entry.portfolioId === portfolioId && entry.kind.endsWith('-event'));

describe('a deposit event where InvestSuite integrates the broker', () => {
  test('books cash and a transaction, marks the first funding, starts an optimization', async () => {
    const id = fresh({ status: 'WAITING_FOR_FUNDS', holdings: {} });
    const answer = await event('deposit', id, '1000.10', 'one');
    expect(answer.status).toBe(200);
    expect(standin.cash(id)).toBe('1000.10');
    const portfolio = standin.portfolio(id);
    expect(portfolio?.status).toBe('ACTIVE');
    expect(portfolio?.funded_since).toMatch(/\+00:00$/);
    expect(standin.transactions(id).map(({ movements }) => movements[0]?.type)).toEqual(['CASH_DEPOSIT']);
    expect(standin.optimization(id)?.status).toBe('PENDING');
  });

  test('with the same key has one effect, without a key one each time', async () => {
    const id = fresh();
    const first = await event('deposit', id, '10', '"quoted-key"');
    const again = await event('deposit', id, '10', '"quoted-key"');
    expect(again.text).toBe(first.text);
    expect(standin.cash(id)).toBe('110.00');
    await event('deposit', id, '10');
    await event('deposit', id, '10');
    expect(standin.cash(id)).toBe('130.00');
    expect(eventsOf(id)).toHaveLength(3);
  });

  test('refuses the same key for something else', async () => {
    const id = fresh();
    await event('deposit', id, '10', 'k');
    expect((await event('deposit', id, '11', 'k')).status).toBe(409);
    expect(standin.cash(id)).toBe('110.00');
    expect((await event('withdraw', id, '5', 'other')).status).toBe(409); // being rebalanced
  });

  test.each([
    ['a number as amount', 1000, 400],
    ['nothing', '0', 400],
    ['less than nothing', '-5', 400],
    ['words', 'ten', 400],
    ['a leading zero', '010', 400],
  ])('refuses %s', async (_, amount, status) => {
    const id = fresh();
    expect((await event('deposit', id, amount)).status).toBe(status);
    expect(eventsOf(id)).toHaveLength(0);
  });

  test.each([
    ['archived', { archived: true }],
    ['paper money', { moneyType: 'PAPER_MONEY' }],
    ['not active', { status: 'INACTIVE' }],
  ] satisfies [string, PortfolioOverrides][])('refuses a portfolio that is %s', async (_, overrides) => {
    expect((await event('deposit', fresh(overrides), '10')).status).toBe(409);
  });

  test('refuses another currency and unknown portfolios', async () => {
    expect((await event('deposit', fresh(), '10', undefined, 'USD')).status).toBe(409);
    expect((await event('deposit', 'P00000000000000000000000000', '10')).status).toBe(404);
  });

  test('may be booked later', async () => {
    standin.settings.bookingWhen = 'later';
    const id = fresh();
    await event('deposit', id, '10', 'later');
    expect(standin.cash(id)).toBe('100.00');
    standin.schedule.advance({ kind: 'booking' });
    expect(standin.cash(id)).toBe('110.00');
    standin.settings.bookingWhen = 'before-answer';
  });
});

describe('a withdraw event', () => {
  test('lowers the cash, empties divest_amount and is booked', async () => {
    const id = fresh({ divestAmount: '70' });
    expect((await event('withdraw', id, '30.25', 'w')).status).toBe(200);
    expect(standin.cash(id)).toBe('69.75');
    expect(standin.divestAmount(id)).toBeNull();
    expect(standin.transactions(id)[0]?.movements[0]).toMatchObject({ type: 'CASH_WITHDRAWAL', status: 'SETTLED' });
  });

  test('is refused while the portfolio is being rebalanced, and beyond its cash', async () => {
    expect((await event('withdraw', fresh({ optimization: { inProgress: true } }), '1')).status).toBe(409);
    expect((await event('withdraw', fresh(), '100.01')).status).toBe(409);
    standin.settings.withdrawBeyondCash = 'allow';
    const id = fresh();
    expect((await event('withdraw', id, '100.01')).status).toBe(200);
    expect(standin.cash(id)).toBe('-0.01');
    standin.settings.withdrawBeyondCash = 'refuse';
  });
});

test('where the client integrates the broker the events only notify', async () => {
  standin.settings.booking = 'client';
  const id = fresh({ divestAmount: '70' });
  expect((await event('deposit', id, '5', 'c-1')).status).toBe(200);
  expect((await event('withdraw', id, '30', 'c-2')).status).toBe(200);
  expect([standin.cash(id), standin.divestAmount(id), standin.transactions(id).length]).toEqual(['100.00', '70', 0]);
  expect(eventsOf(id).map(({ kind, idempotencyKey }) => [kind, idempotencyKey])).toEqual([
    ['deposit-event', 'c-1'],
    ['withdraw-event', 'c-2'],
  ]);
  standin.settings.booking = 'investsuite';
});
