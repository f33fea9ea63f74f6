import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { problem } from '../datasources/upvest/fake-upvest.ts';
import { type BrokerWorld, startBrokerWorld } from '../helpers/broker-world.ts';
import { askPortfolio, codesOf } from '../helpers/valuations.ts';

const one = seedPortfolio({ key: 'one' });
const other = seedPortfolio({ key: 'other' });
const unlinked = seedPortfolio({ key: 'unlinked', linked: false });
const group = one.broker.accountGroupId;

let world: BrokerWorld;
beforeAll(async () => {
  world = await startBrokerWorld([one, other, unlinked]);
});
afterAll(() => world.stop());
beforeEach(() => {
  world.upvest.calls.length = 0;
});

/** The example of Upvest's reference. */
const line = (id: string, more: object = {}) => ({
  id,
  created_at: '2023-01-01T00:00:00.000Z',
  updated_at: '2023-01-01T00:00:00.000Z',
  type: 'ORDER_EXECUTION',
  account_group_id: group,
  delta: { amount: '-305.00', currency: 'EUR' },
  taxes: [{ amount: '5.00', currency: 'EUR', type: 'TOTAL' }],
  taxes_details: {
    total_amount: { amount: '5.00', currency: 'EUR' },
    tax_breakdown: [{ amount: '5.00', currency: 'EUR', type: 'FINANCIAL_TRANSACTION_TAX', taxing_jurisdiction: 'FR' }],
  },
  references: [
    { id: '7579a672-8835-11ed-9455-2eabd0c03f8a', type: 'ORDER_EXECUTION' },
    { id: '1f5758d3-1ef7-4b4c-96ec-6b3da2bf1a8a', type: 'ORDER' },
  ],
  booking_date: '2023-01-01T00:00:00.000Z',
  value_date: '2023-01-03T00:00:00.000Z',
  ...more,
});
const ledgerIs = (rows: readonly object[]): void => world.upvest.onList('/transactions/cash', rows);
const booked = (id: string, date: string) => line(id, { booking_date: date });

interface Page {
  readonly edges: readonly { readonly node: Record<string, unknown> }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
const FIELDS = `{ edges { node { id type amount currency taxes bookedOn valuedOn references { type id } } }
  pageInfo { hasNextPage endCursor } }`;
const ask = (args = '') => askPortfolio(world, one, `cashTransactions${args} ${FIELDS}`);
async function read(args = ''): Promise<Page> {
  const answer = await ask(args);
  expect(answer.errors).toBeUndefined();
  return (answer.data as { portfolio: { cashTransactions: Page } }).portfolio.cashTransactions;
}
const idsOf = (page: Page) => page.edges.map(({ node }) => node['id']);
const first = (page: Page) => page.edges[0]?.node;

describe('the broker’s cash ledger', () => {
  it('has lines as the broker wrote them', async () => {
    ledgerIs([line('a')]);
    expect(first(await read())).toEqual({
      id: 'a',
      type: 'ORDER_EXECUTION',
      amount: '-305.00',
      currency: 'EUR',
      taxes: '5.00',
      bookedOn: '2023-01-01',
      valuedOn: '2023-01-03',
      references: [
        { type: 'ORDER_EXECUTION', id: '7579a672-8835-11ed-9455-2eabd0c03f8a' },
        { type: 'ORDER', id: '1f5758d3-1ef7-4b4c-96ec-6b3da2bf1a8a' },
      ],
    });
    const [call] = world.upvest.callsTo('GET', '/transactions/cash');
    expect(call?.scope).toBe('transactions:read');
    expect(call?.query.get('account_group_id')).toBe(group);
    expect(call?.query.has('start_date') || call?.query.has('end_date')).toBe(false);
  });

  it('is newest first by booking, page by page', async () => {
    const rows = Array.from({ length: 25 }, (_, i) =>
      booked(`l${String(i).padStart(2, '0')}`, `2023-02-${String((i % 12) + 1).padStart(2, '0')}T0${i % 10}:00:00Z`),
    );
    ledgerIs(rows);
    const expected = [...rows]
      .sort((a, b) =>
        a.booking_date < b.booking_date ? 1 : a.booking_date > b.booking_date ? -1 : a.id < b.id ? -1 : 1,
      )
      .map(({ id }) => id);
    const seen: unknown[] = [];
    let after: string | null = null;
    do {
      const page: Page = await read(after === null ? '(first: 10)' : `(first: 10, after: "${after}")`);
      seen.push(...idsOf(page));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(expected);
  });

  it('is by days in UTC, the first and the last included', async () => {
    ledgerIs([
      booked('before', '2023-02-28T23:59:59.999Z'),
      booked('first', '2023-03-01T00:00:00Z'),
      booked('last', '2023-03-03T23:59:59Z'),
      booked('in another zone', '2023-03-04T00:30:00+01:00'),
      booked('after', '2023-03-04'),
      line('without a day', { booking_date: null }),
    ]);
    expect(idsOf(await read('(from: "2023-03-01", to: "2023-03-03")')).sort()).toEqual([
      'first',
      'in another zone',
      'last',
    ]);
    expect(idsOf(await read('(from: "2023-03-04")'))).toEqual(['after']);
    const [call] = world.upvest.callsTo('GET', '/transactions/cash');
    expect([call?.query.get('start_date'), call?.query.get('end_date')]).toEqual(['2023-03-01', '2023-03-04']);
    expect(idsOf(await read())).toHaveLength(6);
    expect(codesOf(await ask('(from: "2023-03-02", to: "2023-03-01")'))).toEqual([
      ['portfolio.cashTransactions', 'BAD_USER_INPUT'],
    ]);
  });

  it.each([
    ['none', { taxes: [] }, '5.00'],
    ['none at all', { taxes: [], taxes_details: undefined }, '0'],
    ['left out, as in older versions', { taxes: undefined, taxes_details: undefined }, '0'],
    [
      'of several types',
      {
        taxes: [
          { type: 'A', amount: '1.5', currency: 'EUR' },
          { type: 'B', amount: '0.25', currency: 'EUR' },
        ],
      },
      '1.75',
    ],
    ['numbers', { taxes: [{ type: 'TOTAL', amount: 38.5, currency: 'EUR' }] }, '38.5'],
  ])('shows taxes that are %s', async (_what, more, taxes) => {
    ledgerIs([line('a', more)]);
    expect(first(await read())).toMatchObject({ taxes });
  });

  it.each([
    ['of another currency', { taxes: [{ type: 'TOTAL', amount: '5.00', currency: 'USD' }] }],
    ['of no number', { taxes: [{ type: 'TOTAL', amount: 'some', currency: 'EUR' }] }],
    ['an amount of no number', { delta: { amount: 'x', currency: 'EUR' } }],
    ['no id', { id: undefined }],
  ])('leaves out and tells a line with taxes or parts that can’t be read: %s', async (_what, more) => {
    ledgerIs([line('good'), line('bad', more)]);
    const answer = await ask();
    expect(codesOf(answer)).toEqual([['portfolio.cashTransactions', 'UPSTREAM_ROW_UNREADABLE']]);
    expect(answer.data).toMatchObject({ portfolio: { cashTransactions: { edges: [{ node: { id: 'good' } }] } } });
  });

  it('is never another customer’s, also where the broker does not mind the filter', async () => {
    ledgerIs([line('mine'), line('theirs', { account_group_id: other.broker.accountGroupId })]);
    const answer = await ask();
    expect(codesOf(answer)).toEqual([['portfolio.cashTransactions', 'UPSTREAM_INVALID_ANSWER']]);
    expect(answer.text).not.toContain('theirs');
  });

  it('is null without a link, and not known of a group that the broker does not know', async () => {
    const answer = await askPortfolio(world, unlinked, `cashTransactions ${FIELDS}`);
    expect(answer.data).toMatchObject({ portfolio: { cashTransactions: null } });
    expect(answer.errors).toBeUndefined();
    world.upvest.on('GET', '/transactions/cash', () => problem(404, 'not_found', 'not there'));
    expect(codesOf(await ask())).toEqual([['portfolio.cashTransactions', 'UPSTREAM_REFUSED']]);
  });

  it('is empty where the tenant is set not to use it, without a call', async () => {
    const without = await startBrokerWorld([one], { capabilities: [] });
    const answer = await askPortfolio(without, one, `cashTransactions ${FIELDS}`);
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toMatchObject({
      portfolio: { cashTransactions: { edges: [], pageInfo: { hasNextPage: false } } },
    });
    expect(without.upvest.calls).toEqual([]);
    await without.stop();
  });
});
