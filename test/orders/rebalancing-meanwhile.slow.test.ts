import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../src/gateway.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { resultsOf, sseClient } from '../live/clients.ts';
import { Advised, units } from './advised.ts';
import { mutate, newKey, type Result } from './graph.ts';

/** Payments, subscribers and operators while an optimization is carried out: nothing moves at the broker until a test lets it. */

const APPLE = 'US0378331005';
type Booking = NonNullable<NonNullable<GatewayOptions['money']>['booking']>;

const DEPOSIT = `mutation ($input: RegisterDepositInput!) { result: registerDeposit(input: $input) { __typename
  ... on RegisterDepositSuccess { deposit { id state } } ... on Error { code message } } }`;
const RESOLVE = `mutation ($input: ResolveReviewInput!) { result: resolveReview(input: $input) { __typename
  ... on ResolveReviewSuccess { subject { __typename ... on Rebalancing { id state } } } ... on Error { code message } } }`;

let world: World;
let advised: Advised;
let count = 0;

const start = async (booking: Booking): Promise<World> => {
  const gateway = { portfolioSync: true, money: { booking, funding: 'virtual-cash', payout: 'withdrawal' } } as const;
  const started = await startWorld({ seed: [], standins: { settleDelayMs: 'manual' }, gateway });
  started.upvest.webhooks.register(`${started.url}/webhooks/upvest`);
  return started;
};

/** The id of a rebalancing whose sell the broker has. */
async function trading(): Promise<string> {
  const { rebalancing } = await advised.execute(advised.recommend({ [APPLE]: units(APPLE, '-3') }));
  await eventually(() => expect(advised.atBroker).toMatchObject([{ side: 'SELL', status: 'NEW' }]), 20_000);
  return rebalancing.id;
}

async function goesOn(id: string, state: string): Promise<void> {
  await eventually(async () => {
    world.upvest.schedule.advance({ kind: 'order' });
    expect(await advised.shown(id)).toMatchObject({ state });
  }, 30_000);
}

const stepOf = (id: string) =>
  world.gateway.store.read(({ db }) =>
    db.selectFrom('workflows').select(['step', 'waiting_for', 'attempts']).where('id', '=', id).executeTakeFirst(),
  );

/** A deposit that the broker has confirmed. */
async function funded(): Promise<string> {
  const input = { portfolioId: advised.id, amount: '50', currency: 'EUR' };
  const { deposit } = await mutate(world, DEPOSIT, input);
  await eventually(() => expect(world.upvest.schedule.advance({ kind: 'increase' })).toBe(1), 20_000);
  return deposit.id;
}

const cash = () => world.investSuite.holdings(advised.id)['$EUR'];
const cashAtBroker = () => world.upvest.balance(advised.portfolio.broker.accountGroupId).balance;
const stateOf = async (id: string): Promise<string> =>
  ((await world.ask(`query ($id: ID!) { node(id: $id) { ... on Deposit { state } } }`, { id })).data as Result).node
    .state;

const begin = (): void => {
  advised = new Advised(world, { key: `meanwhile/${++count}`, holdings: { $EUR: '100', [APPLE]: '10' } });
  world.investSuite.faults.clear();
  world.investSuite.calls.reset();
};

describe('a deposit that the gateway books while an optimization is carried out', () => {
  beforeAll(async () => {
    world = await start('gateway');
  });
  afterAll(() => world.stop());
  beforeEach(begin);

  it('is added to the holdings when the orders have ended', async () => {
    const id = await trading();
    const deposit = await funded();
    await eventually(async () => expect(await stepOf(deposit)).toMatchObject({ waiting_for: 'rebalancing' }), 20_000);
    expect(advised.patches).toEqual([]);
    await goesOn(id, 'COMPLETED');
    await eventually(async () => expect(await stateOf(deposit)).toBe('COMPLETED'), 20_000);
    expect(cash()).toBe(cashAtBroker());
  });
});

describe('while an optimization is carried out', () => {
  beforeAll(async () => {
    world = await start('investsuite');
  });
  afterAll(() => world.stop());
  beforeEach(begin);

  it('the holdings wait for a deposit that InvestSuite does not have yet', async () => {
    world.investSuite.faults.add({
      kind: 'status',
      status: 403,
      match: { method: 'POST', path: /^\/events\/deposit/ },
    });
    const id = await trading();
    const deposit = await funded();
    await eventually(async () => expect(await stateOf(deposit)).toBe('BOOKING'), 20_000);
    await eventually(async () => {
      world.upvest.schedule.advance({ kind: 'order' });
      expect(await stepOf(id)).toMatchObject({ step: 'holdings', waiting_for: 'settling' });
    }, 30_000);
    expect(advised.patches).toEqual([]);
    world.investSuite.faults.clear();
    await goesOn(id, 'COMPLETED');
    world.investSuite.schedule.advanceAll({ kind: 'booking' });
    expect(await stateOf(deposit)).toBe('COMPLETED');
    expect(cash()).toBe(cashAtBroker());
  });

  it('subscribers see each of its states', async () => {
    const id = await trading();
    const query = `subscription ($id: ID!) { rebalancingUpdated(id: $id) { id state orders { state } } }`;
    const client = await sseClient(world.url, query, { variables: { id } });
    try {
      const seen = () =>
        resultsOf(client).map(({ data }) => (data as { rebalancingUpdated: Result }).rebalancingUpdated.state);
      await eventually(() => expect(seen()).toEqual(['SELLING']), 20_000);
      await goesOn(id, 'COMPLETED');
      await eventually(() => expect(seen().at(-1)).toBe('COMPLETED'), 20_000);
      expect([...new Set(seen())]).toEqual(['SELLING', 'BUYING', 'COMPLETED']);
    } finally {
      client.close();
    }
  });

  it.each([
    ['RETRY', 1],
    ['DONE', 0],
    ['NOT_DONE', 0],
  ] as const)('holdings that InvestSuite refuses need an operator, who may say %s', async (outcome, patches) => {
    world.investSuite.faults.add({
      kind: 'status',
      status: 422,
      match: { method: 'PATCH', path: /^\/portfolios\/[^/]+\/?$/ },
    });
    const id = await trading();
    await goesOn(id, 'NEEDS_REVIEW');
    const list = `{ reviews(first: 10) { edges { reason node { __typename ... on Rebalancing { id } } } } }`;
    const { reviews } = (await world.ask(list)).data as Result;
    expect(reviews.edges.map((edge: Result) => edge.node)).toContainEqual({ __typename: 'Rebalancing', id });
    world.investSuite.faults.clear();
    const resolved = await mutate(world, RESOLVE, { id, outcome, note: 'Looked at it.', idempotencyKey: newKey() });
    expect(resolved).toMatchObject({ __typename: 'ResolveReviewSuccess', subject: { id } });
    await goesOn(id, 'COMPLETED');
    expect(advised.patches.filter(({ status }) => status === 200)).toHaveLength(patches);
  });
});
