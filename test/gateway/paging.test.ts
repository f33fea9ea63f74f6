import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedMovement, seedPortfolio } from '../../src/standins/index.ts';
import { startWorld, type World } from '../helpers/world.ts';

const COUNT = 57;
const rows = Array.from({ length: COUNT }, (_, index) =>
  seedPortfolio({ key: `paging-${index}`, divestAmount: index % 3 === 0 ? '10.50' : null, externalId: `ext-${index}` }),
);
const busy = seedPortfolio({
  key: 'busy',
  externalId: 'busy',
  transactions: Array.from({ length: 130 }, (_, index) => ({
    movements: [
      seedMovement({
        type: index % 2 === 0 ? 'BUY' : 'SELL',
        status: index % 5 === 0 ? 'PLACED' : 'SETTLED',
        instrument_id: 'LU78468R1014',
        // Same minute for several, so that the id decides.
        datetime: `2022-06-10T07:${String(Math.floor(index / 3)).padStart(2, '0')}:26.341Z`,
      }),
    ],
  })),
});

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [...rows, busy] });
});
afterAll(() => world.stop());

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const PAGE = 'edges { cursor node { id } } pageInfo { hasNextPage endCursor }';

async function portfolioPage(first: number, after: string | null, filter?: object): Promise<Page> {
  const query = `query ($first: Int, $after: String, $filter: PortfolioFilter) {
    portfolios(first: $first, after: $after, filter: $filter) { ${PAGE} }
  }`;
  const answer = await world.ask(query, { first, after, filter: filter ?? null });
  expect(answer.errors).toBeUndefined();
  return (answer.data as { portfolios: Page }).portfolios;
}

async function transactionPage(first: number, after: string | null, filter?: object): Promise<Page> {
  const query = `query ($id: ID!, $first: Int, $after: String, $filter: TransactionFilter) {
    portfolio(id: $id) { transactions(first: $first, after: $after, filter: $filter) { ${PAGE} } }
  }`;
  const answer = await world.ask(query, { id: busy.portfolioId, first, after, filter: filter ?? null });
  expect(answer.errors).toBeUndefined();
  return (answer.data as { portfolio: { transactions: Page } }).portfolio.transactions;
}

async function all(read: (after: string | null) => Promise<Page>): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  for (let pages = 0; pages < 200; pages += 1) {
    const page: Page = await read(after);
    ids.push(...page.edges.map((edge) => edge.node.id));
    after = page.pageInfo.endCursor;
    if (!page.pageInfo.hasNextPage) return ids;
  }
  throw new Error('the pages do not end');
}

describe('portfolios, page by page', () => {
  const everyId = [...rows, busy].map((row) => row.portfolioId).sort();

  it.each([1, 7, 20, 58, 100])('come once each with first: %i', async (first) => {
    const ids = await all((after) => portfolioPage(first, after));
    expect([...ids].sort()).toEqual(everyId);
  });

  it('go on from the cursor of any row', async () => {
    const { edges } = await portfolioPage(10, null);
    const rest = await portfolioPage(5, edges[3]?.cursor ?? '');
    expect(rest.edges.map((edge) => edge.node.id)).toEqual([...edges.slice(4, 9).map((edge) => edge.node.id)]);
  });

  it('are filtered by external id, owner and pending divestment', async () => {
    const [one] = rows;
    const byExternalId = await all((after) => portfolioPage(10, after, { externalId: 'ext-0' }));
    const byOwner = await all((after) => portfolioPage(10, after, { ownerId: one?.ownerId }));
    const pending = await all((after) => portfolioPage(10, after, { withPendingDivestment: true }));
    const notPending = await all((after) => portfolioPage(10, after, { withPendingDivestment: false }));
    expect(byExternalId).toEqual([one?.portfolioId]);
    expect(byOwner).toEqual([one?.portfolioId]);
    expect(pending).toHaveLength(19);
    expect([...pending, ...notPending].sort()).toEqual(everyId);
  });
});

describe('transactions, page by page', () => {
  it('come newest first, then by id, once each', async () => {
    const ids = await all((after) => transactionPage(9, after));
    const expected = busy.transactionIds
      .map((id, index) => ({ id, minute: Math.floor(index / 3) }))
      .sort((a, b) => b.minute - a.minute || (a.id < b.id ? -1 : 1))
      .map((row) => row.id);
    expect(ids).toEqual(expected);
  });

  it('are filtered by time, from inclusive and to exclusive', async () => {
    const filter = { from: '2022-06-10T07:02:26.341Z', to: '2022-06-10T09:04:26.341+02:00' };
    expect(await all((after) => transactionPage(50, after, filter))).toHaveLength(6);
  });

  it('are filtered by status, type and instrument', async () => {
    expect(await all((after) => transactionPage(50, after, { statuses: ['PLACED'] }))).toHaveLength(26);
    expect(await all((after) => transactionPage(50, after, { types: ['CASH_TRANSFER'] }))).toHaveLength(0);
    expect(await all((after) => transactionPage(50, after, { instrumentId: '$EUR' }))).toHaveLength(0);
    expect(await all((after) => transactionPage(50, after, { instrumentId: 'LU78468R1014' }))).toHaveLength(130);
    // Movements that could not be classified can be filtered for as well.
    expect(await all((after) => transactionPage(50, after, { statuses: ['UNKNOWN'] }))).toHaveLength(0);
    expect(await all((after) => transactionPage(50, after, { types: ['UNKNOWN', 'ORDER'] }))).toHaveLength(130);
  });
});

describe('bad paging', () => {
  it.each([
    ['first of -1', 'portfolios(first: -1) { edges { cursor } }'],
    ['first of 10001', 'portfolios(first: 10001) { edges { cursor } }'],
    ['a cursor that is none', 'portfolios(after: "abc") { edges { cursor } }'],
    ['a quote in an external id', `portfolios(filter: { externalId: "x' or external_id eq 'y" }) { edges { cursor } }`],
    ['a star in an external id', 'portfolios(filter: { externalId: "*" }) { edges { cursor } }'],
    ['an owner id that is none', 'portfolios(filter: { ownerId: "U\' or" }) { edges { cursor } }'],
  ])('%s is told, and asks nobody', async (_what, field) => {
    world.investSuite.calls.reset();
    const answer = await world.ask(`{ ${field} }`);
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({ portfolios: null });
    expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    expect(world.investSuite.calls.total).toBe(0);
  });

  it('a cursor of one list does not open another', async () => {
    const { edges } = await portfolioPage(3, null, { withPendingDivestment: true });
    const answer = await world.ask(`{ portfolios(after: "${edges[0]?.cursor}") { edges { cursor } } }`);
    expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it('a cursor that was changed by one character is refused', async () => {
    const { edges } = await portfolioPage(3, null);
    const cursor = edges[0]?.cursor ?? '';
    for (const at of [0, 10, cursor.length - 2]) {
      const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
      const answer = await world.ask('query ($after: String) { portfolios(after: $after) { edges { cursor } } }', {
        after: changed,
      });
      expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    }
  });
});
