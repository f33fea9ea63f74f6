import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parsePortfolioId } from '../../src/domain/ids.ts';
import { seedMovement, seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type Rewrite, type RewrittenWorld, startRewrittenWorld } from '../helpers/rewritten-world.ts';
import { rawSocket, sseClient } from '../live/clients.ts';
import { append, event } from '../live/live-helpers.ts';

const owner = seedUser({ key: 'unreadable' });
const one = seedPortfolio({
  key: 'unreadable',
  owner,
  manager: 'USER_MANAGED',
  referenceAccounts: 2,
  brokerCash: [{ currency: 'EUR', balance: '100', available_for_withdrawal: '100' }, { currency: 'USD' }],
  brokerOrders: [{}, {}],
  transactions: [{ movements: [seedMovement()] }, { movements: [seedMovement(), seedMovement()] }],
});
const robo = seedPortfolio({
  key: 'unreadable-robo',
  optimization: { orders: { US0378331005: '1.5', LU78468R1014: '-2' } },
});
const others = seedPortfolio({ key: 'unreadable-other' });

let issuer: TestIssuer;
let world: RewrittenWorld;
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startRewrittenWorld([one, robo, others], { auth: issuer.settings });
});
afterEach(() => world.rewrite({}));
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

const bearer = async (claims: Parameters<TestIssuer['token']>[0]) => ({
  authorization: `Bearer ${await issuer.token(claims)}`,
});
const asOperator = () => bearer({ sub: 'op', scope: 'operator' });
const asOwner = () => bearer({ sub: owner.id, scope: 'portfolios:read cash:withdraw orders:place' });

/** Changes rows of answers whose path fits: those that `pick` takes get the members given. */
const spoil =
  (path: RegExp, pick: (row: Record<string, unknown>, index: number) => boolean, members: object): Rewrite =>
  (body, at) => {
    if (!path.test(at)) return body;
    const answer = JSON.parse(body) as { data?: Record<string, unknown>[]; results?: Record<string, unknown>[] };
    const rows = answer.data ?? answer.results ?? [answer as Record<string, unknown>];
    for (const [index, row] of rows.entries()) if (pick(row, index)) Object.assign(row, members);
    return JSON.stringify(answer);
  };
const first = (_row: object, index: number): boolean => index === 0;

type Answer = Awaited<ReturnType<RewrittenWorld['ask']>>;
const told = ({ errors }: Answer) =>
  errors
    ?.map(({ path, extensions }) => [path?.join('.'), extensions['code'], extensions['system'], extensions['rows']])
    .sort();

const ask = async (query: string, headers?: Record<string, string>): Promise<Answer> =>
  await world.ask(query, {}, headers ?? (await asOperator()));
const ofPortfolio = async (fields: string, portfolio = one): Promise<Answer> =>
  await ask(`{ portfolio(id: "${portfolio.portfolioId}") { ${fields} } }`);
const portfolioIn = ({ data }: Answer): Record<string, unknown> =>
  (data as { portfolio: Record<string, unknown> }).portfolio;

const COMMA = { quantity: '12,0' };
const broker = (path: RegExp, members: object) => ({ upvest: spoil(path, first, members) });

/** Every list of the graph that is an upstream's: what is read, how one row of it is spoilt, what is then told. */
const LISTS: readonly (readonly [
  list: string,
  rewrites: Parameters<RewrittenWorld['rewrite']>[0],
  fields: string,
  rowsLeft: number,
  system: string,
])[] = [
  ['positions', broker(/\/positions/, COMMA), 'positions { isin }', 1, 'UPVEST'],
  ['brokerOrders', broker(/\/orders/, { cash_amount: 'much' }), 'brokerOrders { edges { node { id } } }', 1, 'UPVEST'],
  ['cashBalances', broker(/cash_balances/, { balance: {} }), 'cashBalances { currency }', 1, 'UPVEST'],
  [
    'transactions',
    { investSuite: spoil(/\/transactions/, first, { movements: [{ ...seedMovement(), quantity: '1,5' }] }) },
    'transactions { edges { node { id } } }',
    1,
    'INVESTSUITE',
  ],
  [
    'holdings',
    { investSuite: spoil(/^\/portfolios\/P\w{26}$/, first, { portfolio: { $EUR: '1', US0378331005: '1,5' } }) },
    'holdings { instrumentId }',
    1,
    'INVESTSUITE',
  ],
];

const rowsOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : ((value as { edges?: readonly object[] }).edges?.length ?? -1);

describe('a row that can’t be read is left out, and reported', () => {
  it.each(LISTS)('%s', async (list, rewrites, fields, left, system) => {
    world.rewrite(rewrites);
    // Executed by the server library, then as a planned query: the same, also under other names.
    for (let round = 0; round < 3; round += 1) {
      const answer = await ofPortfolio(`id ${fields} again: ${fields}`);
      expect([rowsOf(portfolioIn(answer)[list]), rowsOf(portfolioIn(answer)['again'])], list).toEqual([left, left]);
      expect(told(answer)).toEqual([
        ['portfolio.again', 'UPSTREAM_ROW_UNREADABLE', system, 1],
        [`portfolio.${list}`, 'UPSTREAM_ROW_UNREADABLE', system, 1],
      ]);
      expect(answer.text).not.toMatch(/12,0|1,5|much/);
      expect(answer.errors?.every(({ extensions }) => typeof extensions['requestId'] === 'string')).toBe(true);
    }
  });

  it('also where it is the only one', async () => {
    world.rewrite({ upvest: spoil(/\/positions/, () => true, COMMA) });
    const answer = await ofPortfolio('positions { isin }');
    expect(portfolioIn(answer)['positions']).toEqual([]);
    expect(told(answer)).toEqual([['portfolio.positions', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 2]]);
  });

  it('with its id where that can be read', async () => {
    world.rewrite({ upvest: spoil(/\/orders/, first, { cash_amount: 'much' }) });
    const whole = await ofPortfolio('brokerOrders { edges { node { id } } }');
    const ids = whole.errors?.[0]?.extensions['ids'];
    world.rewrite({});
    const { brokerOrders: orders } = portfolioIn(await ofPortfolio('brokerOrders { edges { node { id } } }')) as {
      brokerOrders: { edges: readonly { node: { id: string } }[] };
    };
    expect(orders.edges.map(({ node }) => node.id)).toEqual(expect.arrayContaining(ids as string[]));
    expect(ids).toHaveLength(1);
  });

  it('recommended orders', async () => {
    world.rewrite({
      investSuite: (body, path) =>
        path.includes('/optimizations/') ? body.replace(/"(shares|quantity)":\s*1\.5/g, '"$1":"1,5"') : body,
    });
    const answer = await ofPortfolio('optimization { orders { instrumentId } }', robo);
    expect(portfolioIn(answer)['optimization']).toEqual({ orders: [{ instrumentId: 'LU78468R1014' }] });
    expect(told(answer)).toEqual([['portfolio.optimization.orders', 'UPSTREAM_ROW_UNREADABLE', 'INVESTSUITE', 1]]);
  });

  it('an account of the broker, whose positions and orders are then not there', async () => {
    world.rewrite({ upvest: spoil(/\/users\/[^/]+\/accounts/, first, { id: '' }) });
    const answer = await ofPortfolio('positions { isin } brokerOrders { edges { node { id } } }');
    expect(portfolioIn(answer)).toEqual({ positions: [], brokerOrders: { edges: [] } });
    expect(told(answer)).toEqual([
      ['portfolio.brokerOrders', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 1],
      ['portfolio.positions', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 1],
    ]);
  });

  it('in every answer that shares a read', async () => {
    world.rewrite({ upvest: spoil(/\/positions/, first, COMMA) });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ofPortfolio('positions { isin }')));
    for (const answer of answers) {
      expect(told(answer)).toEqual([['portfolio.positions', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 1]]);
    }
  });

  it('through node and nodes, and over a WebSocket', async () => {
    world.rewrite({ upvest: spoil(/\/positions/, first, COMMA) });
    const query = `{ node(id: "${one.portfolioId}") { ... on Portfolio { positions { isin } } }
      nodes(ids: ["${one.portfolioId}"]) { ... on Portfolio { positions { isin } } } }`;
    const expected = [
      ['node.positions', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 1],
      ['nodes.0.positions', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 1],
    ];
    expect(told(await ask(query))).toEqual(expected);
    const { socket, messages, send } = await rawSocket(world.url);
    send({ type: 'connection_init', payload: await asOperator() });
    await expect.poll(() => messages.length).toBe(1);
    send({ id: '1', type: 'subscribe', payload: { query } });
    await expect.poll(() => messages.length).toBeGreaterThan(1);
    expect(told((messages[1] as { payload: Answer }).payload)).toEqual(expected);
    socket.close();
  });

  it('in the events of a subscription', async () => {
    world.rewrite({ upvest: spoil(/\/positions/, first, COMMA) });
    const query =
      'subscription { notifications { ... on PortfolioNotification { portfolio { positions { isin } } } } }';
    const client = await sseClient(world.url, query, { headers: await asOperator() });
    const portfolioId = parsePortfolioId(one.portfolioId) ?? null;
    await append(world.gateway.store, event(portfolioId, 'changed', { event: { kind: 'portfolio', content: {} } }));
    await expect.poll(() => client.events.filter(({ data }) => data !== '').length, { timeout: 10_000 }).toBe(1);
    const seen = client.events.find(({ data }) => data !== '');
    client.close();
    expect(told(JSON.parse(seen?.data ?? '{}') as Answer)).toEqual([
      ['notifications.portfolio.positions', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 1],
    ]);
  });

  it('is counted and logged by upstream and resource', async () => {
    world.rewrite({ upvest: spoil(/\/positions/, first, COMMA) });
    await ofPortfolio('positions { isin }');
    const metrics = await (await fetch(`${world.url}/metrics`)).text();
    expect(metrics).toMatch(/gateway_upstream_rows_dropped_total\{system="UPVEST",resource="position"\} [1-9]/);
    expect(world.log.some((line) => line.includes('left out') && line.includes('"position"'))).toBe(true);
    expect(world.log.join('\n')).not.toContain('12,0');
  });
});

describe('what is computed from a list that lacks rows is not known', () => {
  it('cash in the base currency: null and an error; another currency does not matter', async () => {
    const spoilCash = (currency: string) =>
      spoil(/cash_balances/, (row) => row['currency'] === currency, { balance: '1,0' });
    world.rewrite({ upvest: spoilCash('EUR') });
    const answer = await ofPortfolio('cashBalance { balance }');
    expect(portfolioIn(answer)).toEqual({ cashBalance: null });
    expect(told(answer)).toEqual([['portfolio.cashBalance', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 1]]);
    world.rewrite({ upvest: spoilCash('USD') });
    expect((await ofPortfolio('cashBalance { balance }')).errors).toBeUndefined();
  });

  it.each([
    ['a position', { upvest: spoil(/\/positions/, first, COMMA) }, 'UPVEST'],
    ['an account', { upvest: spoil(/\/users\/[^/]+\/accounts/, first, { id: '' }) }, 'UPVEST'],
    ['cash', { upvest: spoil(/cash_balances/, first, { balance: '1,0' }) }, 'UPVEST'],
    [
      'a holding',
      { investSuite: spoil(/^\/portfolios\/P\w{26}$/, first, { portfolio: { $EUR: '1', US0378331005: '1,5' } }) },
      'INVESTSUITE',
    ],
  ])('the reconciliation, where it lacks %s', async (_what, rewrites, system) => {
    world.rewrite(rewrites);
    const answer = await ofPortfolio('reconciliation { inSync differences { instrumentId } }');
    expect(portfolioIn(answer)).toEqual({ reconciliation: null });
    expect(told(answer)).toEqual([['portfolio.reconciliation', 'UPSTREAM_ROW_UNREADABLE', system, 1]]);
  });

  it('the check of cash: nothing is recorded', async () => {
    const [account] = portfolioIn(await ofPortfolio('referenceAccounts { id }'))['referenceAccounts'] as {
      id: string;
    }[];
    world.rewrite({ upvest: spoil(/cash_balances/, (row) => row['currency'] === 'EUR', { balance: '1,0' }) });
    const answer = await withdraw(account?.id);
    expect(told(answer)).toEqual([['requestWithdrawal', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 1]]);
    world.rewrite({});
    expect(portfolioIn(await ofPortfolio('withdrawals { edges { node { id } } }'))).toEqual({
      withdrawals: { edges: [] },
    });
  });

  it('which bank account is the only one; one that is named is taken', async () => {
    world.rewrite({ upvest: spoil(/reference_accounts/, first, { id: '' }) });
    expect(told(await withdraw())).toEqual([['requestWithdrawal', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 1]]);
    const answer = await ofPortfolio('referenceAccounts { id }');
    expect(told(answer)).toEqual([['portfolio.referenceAccounts', 'UPSTREAM_ROW_UNREADABLE', 'UPVEST', 1]]);
    const [account] = portfolioIn(answer)['referenceAccounts'] as { id: string }[];
    const named = await withdraw(account?.id);
    expect(named.errors).toBeUndefined();
    expect(named.data).toMatchObject({ requestWithdrawal: { __typename: 'RequestWithdrawalSuccess' } });
  });

  it('holdings that are set one by one: what can’t be read is not sold', async () => {
    world.rewrite({
      investSuite: (body, path) =>
        path.includes(robo.portfolioId) ? body.replace(/("US0378331005"):\s*10\.4/, '$1:"10,4"') : body,
    });
    const before = world.asked.investSuite.length;
    const answer = world.ask(
      'mutation ($input: UpdateHoldingsInput!) { updateHoldings(input: $input) { __typename } }',
      {
        input: {
          portfolioId: robo.portfolioId,
          holdings: [{ instrumentId: 'LU78468R1014', quantity: '8' }],
          idempotencyKey: randomUUID(),
        },
      },
      await asOperator(),
    );
    // It asks again until the line can be read.
    await expect.poll(() => world.asked.investSuite.length, { timeout: 8_000 }).toBeGreaterThan(before + 2);
    world.rewrite({});
    expect((await answer).data).toEqual({ updateHoldings: { __typename: 'UpdateHoldingsSuccess' } });
    const { holdings } = portfolioIn(await ofPortfolio('holdings { instrumentId quantity }', robo)) as {
      holdings: readonly { instrumentId: string; quantity: string }[];
    };
    expect(holdings).toContainEqual({ instrumentId: 'LU78468R1014', quantity: '8' });
    expect(holdings).toContainEqual({ instrumentId: 'US0378331005', quantity: '10.4' });
  });
});

const withdraw = async (referenceAccountId?: string): Promise<Answer> =>
  await world.ask(
    'mutation ($input: RequestWithdrawalInput!) { requestWithdrawal(input: $input) { __typename } }',
    {
      input: {
        portfolioId: one.portfolioId,
        amount: '1.00',
        currency: 'EUR',
        referenceAccountId,
        idempotencyKey: randomUUID(),
      },
    },
    await asOwner(),
  );

describe('portfolios in pages', () => {
  const spoilPortfolio = (id: string, members: object = { base_currency: 'eur' }) => ({
    investSuite: spoil(/^\/portfolios\/(\?|$)/, (row) => row['id'] === id, members),
  });
  const LIST = '{ portfolios { edges { node { id } } } }';
  const idsIn = ({ data }: Answer) =>
    (data as { portfolios: { edges: readonly { node: { id: string } }[] } }).portfolios.edges.map(
      ({ node }) => node.id,
    );

  it('lack the one that can’t be read, and say so', async () => {
    world.rewrite(spoilPortfolio(robo.portfolioId));
    const answer = await ask(LIST);
    expect(idsIn(answer)).toHaveLength(2);
    expect(told(answer)).toEqual([['portfolios', 'UPSTREAM_ROW_UNREADABLE', 'INVESTSUITE', 1]]);
    expect(answer.errors?.[0]?.extensions['ids']).toEqual([robo.portfolioId]);
  });

  it('report nothing of other customers', async () => {
    world.rewrite(spoilPortfolio(one.portfolioId));
    const own = await ask(`{ viewer { portfolios { edges { node { id } } } } }`, await asOwner());
    expect(told(own)).toEqual([['viewer.portfolios', 'UPSTREAM_ROW_UNREADABLE', 'INVESTSUITE', 1]]);
    expect(own.errors?.[0]?.extensions['ids']).toEqual([one.portfolioId]);
    world.rewrite({
      investSuite: (body, path) => {
        if (!/^\/portfolios\/\?/.test(path)) return body;
        const answer = JSON.parse(body) as { results: object[] };
        const another = { id: robo.portfolioId, owned_by_user_id: robo.ownerId, base_currency: 'eur' };
        return JSON.stringify({ ...answer, results: [...answer.results, another] });
      },
    });
    expect((await ask(LIST, await asOwner())).errors).toBeUndefined();
  });
});
