import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedMovement, seedPortfolio } from '../../src/standins/index.ts';
import { type RewrittenWorld, startRewrittenWorld } from '../helpers/rewritten-world.ts';

/** As an upstream may write them, and what the graph says: RFC 3339, with all the digits that were sent. */
const FORMS: readonly (readonly [sent: string, told: string])[] = [
  ['2024-03-01T08:00:30+0000', '2024-03-01T08:00:30+00:00'],
  ['2024-03-01T08:00:31+01', '2024-03-01T08:00:31+01:00'],
  ['2024-03-01T08:01Z', '2024-03-01T08:01:00Z'],
  ['2024-03-01T08:02+0130', '2024-03-01T08:02:00+01:30'],
  ['2024-03-01T08:02:01.123456789012Z', '2024-03-01T08:02:01.123456789012Z'],
  ['2024-03-01T08:02:01.123456789013Z', '2024-03-01T08:02:01.123456789013Z'],
  ['2024-03-01 10:00:00Z', '2024-03-01T10:00:00Z'],
  ['2024-03-01 10:00:01.5 +0000', '2024-03-01T10:00:01.5+00:00'],
  ['2024-03-01 10:00:02 +0000 UTC', '2024-03-01T10:00:02+00:00'],
  ['2024-03-01 10:00:03 UTC', '2024-03-01T10:00:03Z'],
  ['2024-03-01t10:00:04z', '2024-03-01T10:00:04Z'],
  ['2024-03-01T10:00:05', '2024-03-01T10:00:05+00:00'],
  ['2024-03-01T10:00:06.250', '2024-03-01T10:00:06.250+00:00'],
  ['2024-03-01T10:00:07,5Z', '2024-03-01T10:00:07.5Z'],
  ['2024-03-01T10:00:08-00:00', '2024-03-01T10:00:08-00:00'],
  ['2024-03-01T10:00:60Z', '2024-03-01T10:01:00Z'],
  ['2024-03-01T11:01:01+01:00[Europe/Brussels]', '2024-03-01T11:01:01+01:00'],
  ['20240301T100102Z', '2024-03-01T10:01:02Z'],
  ['2024-03-01T24:00:00Z', '2024-03-02T00:00:00Z'],
  ['2024-03-03', '2024-03-03T00:00:00+00:00'],
  ['20240304', '2024-03-04T00:00:00+00:00'],
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59:60Z'],
];

const UNREADABLE = ['yesterday', '2024-02-30T10:00:00Z', '2024-03-01T25:00:00Z', '1709280000', '01/03/2024', ''];

/** Each form stands for itself in the seed, and is put in on its way. */
const standsFor = (index: number): string => `2020-01-01T00:00:00.${String(index).padStart(6, '0')}+00:00`;

const all = [...FORMS.map(([sent]) => sent), ...UNREADABLE];
const portfolio = seedPortfolio({
  key: 'times',
  transactions: all.map((_, index) => ({
    key: `time-${index}`,
    externalId: `time-${index}`,
    movements: [seedMovement({ datetime: standsFor(index) })],
  })),
});

let world: RewrittenWorld;
beforeAll(async () => {
  world = await startRewrittenWorld([portfolio]);
  world.rewrite({
    investSuite: (body) =>
      body.replace(/"2020-01-01T00:00:00\.(\d{6})\+00:00"/g, (_, index) => JSON.stringify(all[Number(index)])),
    upvest: (body, path) => {
      if (!path.includes('/orders')) return body;
      const row = { account_id: '', side: 'BUY', instrument_id: 'US0378331005', status: 'FILLED' };
      const data = FORMS.map(([sent], index) => ({ ...row, account_id: 'a', id: `o${index}`, created_at: sent }));
      return JSON.stringify({ meta: { offset: 0, limit: 1000, total_count: data.length }, data });
    },
  });
});
afterAll(() => world.stop());

interface Edge {
  readonly node: { readonly externalId: string; readonly movements: readonly { readonly datetime: string }[] };
}

describe('times in whatever form they were sent', () => {
  it('of transactions are shown as RFC 3339 with all their digits', async () => {
    const { data } = await world.ask(`{ portfolio(id: "${portfolio.portfolioId}") {
      transactions(first: 100) { edges { node { externalId movements { datetime } } } } } }`);
    const edges = (data as { portfolio: { transactions: { edges: readonly Edge[] } } }).portfolio.transactions.edges;
    const told = new Map(edges.map(({ node }) => [node.externalId, node.movements[0]?.datetime]));
    expect(FORMS.map(([sent], index) => [sent, told.get(`time-${index}`)])).toEqual(FORMS);
    expect(told.size).toBe(FORMS.length);
    // The newest first, to the last digit.
    const order = edges.map(({ node }) => Number(node.externalId.slice('time-'.length)));
    expect(order.indexOf(5)).toBeLessThan(order.indexOf(4));
    expect(order[0]).toBe(20);
    expect(order.at(-1)).toBe(21);
  });

  it('of orders are shown and sorted in the same way', async () => {
    const { data } = await world.ask(`{ portfolio(id: "${portfolio.portfolioId}") {
      brokerOrders(first: 100) { edges { node { id createdAt } } } } }`);
    const { edges } = (
      data as { portfolio: { brokerOrders: { edges: readonly { node: { id: string; createdAt: string } }[] } } }
    ).portfolio.brokerOrders;
    const told = new Map(edges.map(({ node }) => [node.id, node.createdAt]));
    expect(FORMS.map(([sent], index) => [sent, told.get(`o${index}`)])).toEqual(FORMS);
    const order = edges.map(({ node }) => Number(node.id.slice(1)));
    expect(order.indexOf(5)).toBeLessThan(order.indexOf(4));
    expect(order[0]).toBe(20);
    expect(order.at(-1)).toBe(21);
  });
});
