import { type GraphQLField, type GraphQLObjectType, getNamedType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSchema } from '../../src/schema/index.ts';
import { seedMovement, seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

/** Every list of the graph that is read page by page, found in its schema: a new one is tested without being named here. */
const schema = buildSchema();
const fieldsOf = (type: string): readonly GraphQLField<unknown, unknown>[] =>
  Object.values((schema.getType(type) as GraphQLObjectType | undefined)?.getFields() ?? {});
const isList = (field: GraphQLField<unknown, unknown>): boolean =>
  getNamedType(field.type).name.endsWith('Connection') && field.args.some(({ name }) => name === 'first');
const listsOf = (type: string): string[] =>
  fieldsOf(type)
    .filter((field) => isList(field) && field.args.every(({ type: argument }) => !String(argument).endsWith('!')))
    .map(({ name }) => name);

const full = seedPortfolio({
  key: 'full',
  manager: 'USER_MANAGED',
  brokerCash: '1000.00',
  transactions: Array.from({ length: 3 }, () => ({ movements: [seedMovement()] })),
  brokerOrders: [{ status: 'FILLED' }, { status: 'NEW' }],
});
const other = seedPortfolio({
  key: 'other',
  transactions: Array.from({ length: 3 }, () => ({ movements: [seedMovement()] })),
});

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [full, other] });
  const input = { portfolioId: full.portfolioId, amount: '10.00', currency: 'EUR' };
  const move = `mutation ($d: RegisterDepositInput!) { registerDeposit(input: $d) { __typename } }`;
  const withdraw = `mutation ($w: RequestWithdrawalInput!) { requestWithdrawal(input: $w) { __typename } }`;
  await world.ask(move, { d: { ...input, idempotencyKey: 'a' } });
  await world.ask(withdraw, { w: { ...input, idempotencyKey: 'b' } });
  await eventually(async () => {
    const { data } = await world.ask('{ notifications(first: 1) { edges { cursor } } }');
    expect((data as { notifications: Page }).notifications.edges).toHaveLength(1);
  });
});
afterAll(() => world.stop());

interface Page {
  readonly edges: readonly { readonly cursor: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** Where each list is, and how its field is asked for. */
const LISTS = [
  ...listsOf('Portfolio').map((name) => ['portfolio', name] as const),
  // `transactions` is null for an operator, who asks here: activity.test.ts asks for it as a customer.
  ...listsOf('Viewer')
    .filter((name) => name !== 'transactions')
    .map((name) => ['viewer', name] as const),
  ...listsOf('Query').map((name) => ['', name] as const),
];
const PAGE = 'edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

async function ask(parent: string, name: string, args: string) {
  const field = `list: ${name}${args === '' ? '' : `(${args})`} { ${PAGE} }`;
  const inside =
    parent === 'portfolio' ? `portfolio(id: "${full.portfolioId}") { id ${field} }` : `viewer { id ${field} }`;
  const answer = await world.ask(`{ ${parent === '' ? field : inside} }`);
  const data = answer.data as Record<string, unknown> | null;
  const holder = (parent === '' ? data : data?.[parent]) as { list: Page | null; id?: string } | null | undefined;
  return { ...answer, holder };
}

async function page(parent: string, name: string, args = ''): Promise<Page> {
  const answer = await ask(parent, name, args);
  expect(answer.errors).toBeUndefined();
  const list = answer.holder?.list;
  if (list == null) throw new Error(`no ${name}`);
  return list;
}

describe('the lists that are tested', () => {
  it('are all there are', () => {
    expect(LISTS.map(([, name]) => name)).toEqual(
      expect.arrayContaining(['transactions', 'deposits', 'withdrawals', 'portfolios', 'notifications', 'reviews']),
    );
  });
});

describe.each(LISTS)('%s.%s', (parent, name) => {
  it('first: 0 is a page without rows, with hasNextPage', async () => {
    const all = await page(parent, name, 'first: 100');
    const nothing = await page(parent, name, 'first: 0');
    const pageInfo = { hasNextPage: all.edges.length > 0, hasPreviousPage: false, startCursor: null, endCursor: null };
    expect(nothing).toEqual({ edges: [], pageInfo });
  });

  it('first: 0 behind the last row has no next page', async () => {
    const { edges } = await page(parent, name, 'first: 100');
    const last = edges.at(-1)?.cursor;
    if (last === undefined) return;
    const { pageInfo } = await page(parent, name, `first: 0, after: "${last}"`);
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it.each(['after: ""', 'after: null', 'first: null', 'first: null, after: null', ''])(
    '(%s) is the start of the list',
    async (args) => {
      const start = await page(parent, name, args);
      expect(start.edges).toEqual((await page(parent, name, 'first: 20')).edges);
      expect(start.pageInfo.hasPreviousPage).toBe(false);
    },
  );

  it.each(
    [
      'first: -1',
      'first: 101',
      'first: 2147483647',
      'after: "abc"',
      'after: "%F6"',
      'after: "💥"',
      `after: "${'A'.repeat(10_000)}"`,
      'first: 0, after: "abc"',
    ].map((args) => [args.slice(0, 30), args] as const),
  )('(%s) is refused with a code', async (_start, args) => {
    const answer = await ask(parent, name, args);
    expect(answer.status).toBe(200);
    expect(answer.errors?.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
    if (parent === '') return;
    expect(answer.errors?.[0]?.path).toEqual([parent, 'list']);
    // The parent of the list stays.
    expect(answer.holder?.id).toEqual(expect.any(String));
  });
});

/** Everything of a portfolio that is a list, or of which a list is a part. */
const EVERYTHING = `id cashBalances { balance } positions { quantity } referenceAccounts { id } reconciliation { inSync }
  optimization { orders { quantity } } ${listsOf('Portfolio')
    .map((name) => `${name} { edges { cursor } }`)
    .join(' ')}`;

describe('an upstream that fails', () => {
  const AT = { upvest: '^/(account_groups|accounts|users)', investSuite: '(/transactions|/optimizations)' } as const;
  const FAULTS = {
    'is down': { kind: 'reset-before' },
    'answers 403': { kind: 'status', status: 403 },
    'answers 404': { kind: 'status', status: 404 },
    'answers 500': { kind: 'status', status: 500 },
    'answers no JSON': { kind: 'garbage', form: 'not-json' },
    'answers another shape': { kind: 'garbage', form: 'wrong-shape' },
  } as const;
  const all = Object.keys(AT).flatMap((system) => Object.keys(FAULTS).map((fault) => [system, fault] as const));

  it.each(all)('%s %s: lists are null with an error, the portfolio is there', async (system, fault) => {
    const one = await startWorld({ seed: [full] });
    try {
      const upstream = system === 'upvest' ? one.upvest : one.investSuite;
      const path = system === 'upvest' ? AT.upvest : AT.investSuite;
      upstream.faults.add({ ...FAULTS[fault as keyof typeof FAULTS], match: { path } });
      const answer = await one.ask(`{ portfolio(id: "${full.portfolioId}") { ${EVERYTHING} } }`);
      const { portfolio } = answer.data as { portfolio: Record<string, unknown> };
      expect(portfolio).toMatchObject({ id: full.portfolioId, deposits: { edges: [] }, withdrawals: { edges: [] } });
      expect(answer.errors?.every(({ path: at }) => at?.length === 2 && portfolio[String(at[1])] === null)).toBe(true);
      const failed = answer.errors?.map(({ path: at }) => String(at?.[1])).sort();
      const ofUpvest = ['brokerOrders', 'cashBalances', 'positions', 'reconciliation', 'referenceAccounts'];
      const known = fault === 'answers 404' ? ofUpvest.filter((name) => name !== 'cashBalances') : ofUpvest;
      expect(failed).toEqual(system === 'upvest' ? known : ['transactions']);
    } finally {
      await one.stop();
    }
  });
});

describe('a cursor of another list', () => {
  it('is refused with a code', async () => {
    const cursors = new Map<string, string>();
    for (const [parent, name] of LISTS) {
      const cursor = (await page(parent, name, 'first: 1')).edges[0]?.cursor;
      // The viewer's portfolios are the same list as the root's.
      if (cursor !== undefined && parent !== 'viewer') cursors.set(name, cursor);
    }
    expect(cursors.size).toBeGreaterThan(4);
    for (const [parent, name] of LISTS) {
      for (const [of, cursor] of cursors) {
        if (of === name) continue;
        const answer = await ask(parent, name, `after: "${cursor}"`);
        expect([name, of, answer.errors?.[0]?.extensions['code']]).toEqual([name, of, 'BAD_USER_INPUT']);
      }
    }
  });

  it('is refused where it is of another portfolio', async () => {
    const { edges } = await page('portfolio', 'transactions');
    const query = `{ portfolio(id: "${other.portfolioId}") { transactions(after: "${edges[0]?.cursor}") { edges { cursor } } } }`;
    expect((await world.ask(query)).errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });
});

describe('an empty list in a filter', () => {
  const transactions = async (filter: string): Promise<number> => {
    const list = `transactions(filter: ${filter}) { edges { cursor } }`;
    const { data } = await world.ask(`{ portfolio(id: "${other.portfolioId}") { ${list} } }`);
    return (data as { portfolio: { transactions: Pick<Page, 'edges'> } }).portfolio.transactions.edges.length;
  };

  it.each(['{ types: [] }', '{ statuses: [] }', '{ types: [], statuses: [] }', '{ types: null }', '{}', 'null'])(
    '%s is no condition',
    async (filter) => {
      expect(await transactions(filter)).toBe(3);
    },
  );

  it('beside a condition leaves that one', async () => {
    expect(await transactions('{ types: [], statuses: [PLACED] }')).toBe(0);
    expect(await transactions('{ types: [CASH_TRANSFER], statuses: [] }')).toBe(3);
  });

  it('is described, wherever a filter takes a list', () => {
    const lists = Object.values(schema.getTypeMap())
      .filter((type) => type.name.endsWith('Filter') && 'getFields' in type)
      .flatMap((type) => fieldsOf(type.name))
      .filter(({ type }) => String(type).startsWith('['));
    expect(lists.length).toBeGreaterThan(1);
    for (const { description } of lists) expect(description).toMatch(/\bempty\b/);
  });
});

describe('nodes', () => {
  it('of no ids is an empty list', async () => {
    expect((await world.ask('{ nodes(ids: []) { id } }')).data).toEqual({ nodes: [] });
  });
});
