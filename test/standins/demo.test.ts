import { describe, expect, test } from 'vitest';
import { demoSeed } from '../../src/standins/index.ts';
import { compared, plus } from '../../src/standins/values/exact.ts';
import { INVESTSUITE_ID, UUID } from '../../src/standins/values/ids.ts';
import { numberText, writeJson } from '../../src/standins/values/json.ts';

const now = new Date();
const demo = demoSeed({ now });
const { portfolios, transactions, users } = demo.investSuite;
const groupIds = new Set(demo.upvest.accountGroups.map(({ id }) => id));

describe('the demo', () => {
  test('is the same every time, and as large as asked', () => {
    expect(writeJson({ ...demoSeed({ now }).investSuite })).toBe(writeJson({ ...demo.investSuite }));
    expect(portfolios).toHaveLength(300);
    expect(demoSeed({ portfolios: 5 }).investSuite.portfolios).toHaveLength(5);
  });

  test('has ids of the vendors’ forms, all different', () => {
    const ids = [...portfolios, ...transactions, ...users].map(({ id }) => id);
    expect(ids.filter((id) => !INVESTSUITE_ID.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    const brokerIds = [...demo.upvest.accounts, ...demo.upvest.orders, ...demo.upvest.users].map(({ id }) => id);
    expect([...groupIds, ...brokerIds].filter((id) => !UUID.test(id))).toEqual([]);
    expect(new Set(brokerIds).size).toBe(brokerIds.length);
  });

  test('shows every kind of portfolio, movement and status', () => {
    const movements = transactions.flatMap((transaction) => transaction.movements);
    expect(new Set(movements.map(({ type }) => type)).size).toBe(21);
    expect([...new Set(movements.map(({ status }) => status))].sort()).toEqual(
      ['CANCELLED', 'EXECUTED', 'EXPIRED', 'NOT_EXECUTED', 'PLACED', 'SETTLED'].sort(),
    );
    expect(new Set(portfolios.map(({ status }) => status)).size).toBe(5);
    expect(new Set(portfolios.map(({ config }) => config.manager)).size).toBe(3);
    expect(new Set(portfolios.map(({ base_currency }) => base_currency))).toEqual(new Set(['EUR', 'USD', 'GBP']));
    expect(portfolios.some(({ archived }) => archived)).toBe(true);
    expect(portfolios.some(({ money_type }) => money_type === 'PAPER_MONEY')).toBe(true);
    expect(portfolios.some(({ owned_by_user_ids }) => owned_by_user_ids.length > 0)).toBe(true);
    expect(new Set(portfolios.map(({ owned_by_user_id }) => owned_by_user_id)).size).toBeLessThan(250);
  });

  test('links portfolios to account groups that exist, each group once', () => {
    const linked = portfolios.flatMap(({ brokerage_account }) => brokerage_account?.brokerage_portfolio_id ?? []);
    expect(linked.filter((id) => !groupIds.has(id))).toEqual([]);
    expect(new Set(linked).size).toBe(linked.length);
    expect(linked.length).toBeLessThan(portfolios.length);
  });

  test('holds in each made-up portfolio exactly the sum of its movements', () => {
    const made = portfolios.filter(({ external_id }) => external_id?.startsWith('bank-portfolio-'));
    const ofPortfolio = new Map<string, (typeof transactions)[number][]>();
    for (const one of transactions)
      ofPortfolio.set(one.portfolio_id, [...(ofPortfolio.get(one.portfolio_id) ?? []), one]);
    for (const portfolio of made) {
      const sums: Record<string, string> = {};
      for (const { movements } of ofPortfolio.get(portfolio.id) ?? []) {
        for (const { instrument_id, quantity, status } of movements)
          if (status === 'SETTLED' || status === 'EXECUTED')
            sums[instrument_id] = plus(sums[instrument_id] ?? '0', numberText(quantity) ?? '0');
      }
      const off = Object.keys({ ...sums, ...portfolio.portfolio }).filter(
        (instrument) => compared(sums[instrument] ?? '0', portfolio.portfolio[instrument]?.text ?? '0') !== 0,
      );
      expect(off, portfolio.id).toEqual([]);
    }
    expect(made.length).toBeGreaterThan(200);
  });

  test('differs from the broker in a few portfolios only', () => {
    const balances = new Map(
      demo.upvest.balances.map((one) => [`${one.account_group_id}/${one.currency}`, one.balance]),
    );
    const differing = portfolios.filter(({ brokerage_account, base_currency, portfolio }) => {
      const group = brokerage_account?.brokerage_portfolio_id;
      if (!group) return false;
      return (
        compared(balances.get(`${group}/${base_currency}`) ?? '0', portfolio[`$${base_currency}`]?.text ?? '0') !== 0
      );
    });
    expect(differing.length).toBeGreaterThan(0);
    expect(differing.length).toBeLessThan(20);
  });

  test('has the vendors’ examples under their own ids, and numbers at the limits', () => {
    const text = writeJson({ ...demo.investSuite });
    for (const part of [
      'P01F8ZSNV0J45R9DFZ3D7D8C26F',
      'T01FHCP1CZ9F1S207KJHNA5V244',
      '"$USD":208.086729',
      '12345678901234.123456789',
      '"divest_amount":1e100',
      '-0.1035719',
      '"unit_price":"3.49"',
    ])
      expect(text).toContain(part);
    expect(groupIds).toContain('2596db3b-0d03-4651-9eda-970910479dfb');
  });
});

test('what a newcomer sees first can be paid out: in EUR, some of it by the customers themselves', () => {
  const first = demo.investSuite.portfolios.slice(0, 100);
  expect([...new Set(first.map(({ base_currency }) => base_currency))]).toEqual(['EUR']);
  expect(first.slice(0, 20).some(({ config }) => config.manager === 'USER_MANAGED')).toBe(true);
});
