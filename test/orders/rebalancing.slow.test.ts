import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBus } from '../helpers/memory-bus.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Advised, amount, priceOf, units } from './advised.ts';
import type { Result } from './graph.ts';

/** Optimizations of the robo advisor, carried out through the graph over real sockets. */

const [APPLE, BONDS, WORLD, SAP] = ['US0378331005', 'LU78468R1014', 'IE00B4L5Y983', 'DE0007164600'] as const;
const [SIEMENS, ALLIANZ, BASF, BAYER] = ['DE0007236101', 'DE0008404005', 'DE000BASF111', 'DE000BAY0017'] as const;
const [ADIDAS, INFINEON, DHL, TOTAL] = ['DE000A1EWWW0', 'DE0006231004', 'DE0005552004', 'FR0000120271'] as const;

let world: World;
let advised: Advised;
let count = 0;
const bus = new MemoryBus();

beforeAll(async () => {
  const gateway = { portfolioSync: true, optimizations: 'auto', bus } as const;
  world = await startWorld({ seed: [], gateway, instruments: true });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
  world.investSuite.onBusEvent((event) => told.push(event));
});
afterAll(() => world.stop());

/** Events are held back until a test lets them go. */
const told: object[] = [];
const deliver = () => bus.publish(...told.splice(0));

beforeEach(() => {
  const holdings = { $EUR: '1000.00', [APPLE]: '100', [BONDS]: '3.719', [WORLD]: '40', [SAP]: '50' };
  advised = new Advised(world, { key: `rebalancing/${++count}`, holdings });
  world.investSuite.calls.reset();
  told.length = 0;
});

describe('a rebalancing of 12 orders', () => {
  it('sells before it buys, skips with the reason, and ends with one PATCH of the holdings', async () => {
    const optimizationId = advised.recommend({
      [INFINEON]: units(INFINEON, '1'),
      [APPLE]: units(APPLE, '-60'),
      // The noise of an optimizer: more than is held.
      [BONDS]: units(BONDS, '-3.7190000000000003'),
      [WORLD]: amount(WORLD, '500.00000000000006', 'SELL'),
      // The price has fallen by a third since.
      [SAP]: units(SAP, '-50', 1.5),
      [SIEMENS]: units(SIEMENS, '2'),
      [ALLIANZ]: amount(ALLIANZ, '300.129999', 'BUY'),
      [BASF]: units(BASF, '1.5'),
      // More than there is.
      [BAYER]: amount(BAYER, '100000000', 'BUY'),
      // The price has risen since.
      [ADIDAS]: units(ADIDAS, '1', 0.9),
      [DHL]: amount(DHL, '20', 'BUY'),
      [TOTAL]: units(TOTAL, '0.25', 0.97),
    });
    const { rebalancing } = await advised.execute(optimizationId);
    const done = await advised.becomes(rebalancing.id, 'COMPLETED');

    const bought = done.orders.filter(({ side }: Result) => side === 'BUY').map(({ isin }: Result) => isin);
    const sold = done.orders.filter(({ side }: Result) => side === 'SELL');
    expect(sold.map(({ isin, quantity, amount: money }: Result) => [isin, quantity ?? money]).sort()).toEqual(
      [
        [APPLE, '60'],
        [BONDS, '3.719'],
        [WORLD, '500'],
      ].sort(),
    );
    expect(new Set(bought)).toEqual(new Set([SIEMENS, ALLIANZ, BASF, DHL, TOTAL, INFINEON]));
    expect(done.orders.find(({ isin }: Result) => isin === ALLIANZ).amount).toBe('300.12');
    expect(done.skipped.map(({ isin, side }: Result) => `${side} ${isin}`).sort()).toEqual(
      [`BUY ${ADIDAS}`, `BUY ${BAYER}`, `SELL ${SAP}`].sort(),
    );
    const reasons = new Map<string, string>(done.skipped.map(({ isin, reason }: Result) => [isin, reason]));
    expect(reasons.get(ADIDAS)).toMatch(/^The price has moved/);
    expect(reasons.get(SAP)).toMatch(/^The price has moved/);
    expect(reasons.get(BAYER)).toMatch(/is available/);

    // At the broker: each once, every sell filled before the first buy comes, the buys from the largest on.
    expect(advised.atBroker).toHaveLength(9);
    expect(new Set(advised.atBroker.map(({ client_reference }) => client_reference)).size).toBe(9);
    const events = world.upvest.webhooks.events().flatMap(({ type, object }) => {
      const { side, account_id: account, instrument_id: isin } = object as Result;
      return account === advised.portfolio.broker.accountId && type.startsWith('ORDER.') ? [{ type, side, isin }] : [];
    });
    const firstBuy = events.findIndex(({ side }) => side === 'BUY');
    const filled = events.slice(0, firstBuy).filter(({ type }) => type === 'ORDER.FILLED');
    expect(filled).toHaveLength(3);
    const arrived = events.filter(({ type, side }) => type === 'ORDER.NEW' && side === 'BUY').map(({ isin }) => isin);
    expect(arrived).toEqual(bought);
    const sizes: number[] = done.orders
      .filter(({ side }: Result) => side === 'BUY')
      .map(({ isin, quantity, amount: money }: Result) => Number(money ?? Number(quantity) * priceOf(isin)));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    // In InvestSuite: each once, with the optimization; what was skipped is NOT_EXECUTED.
    expect(advised.transactions).toHaveLength(12);
    expect(advised.transactions.every(({ optimization_id }) => optimization_id === optimizationId)).toBe(true);
    for (const isin of [ADIDAS, BAYER, SAP]) expect(advised.statuses(isin)).toEqual(['NOT_EXECUTED']);
    // One PATCH, after which both agree.
    expect(advised.patches).toHaveLength(1);
    const { data } = await world.ask(
      `query ($id: ID!) { portfolio(id: $id) { reconciliation { inSync differences {
      instrumentId } } rebalancings(first: 5) { edges { node { id state } } } } }`,
      { id: advised.id },
    );
    expect(data).toMatchObject({
      portfolio: {
        reconciliation: { inSync: true },
        rebalancings: { edges: [{ node: { id: rebalancing.id, state: 'COMPLETED' } }] },
      },
    });
  });
});

describe('an optimization', () => {
  const one = () => advised.recommend({ [APPLE]: units(APPLE, '-3') });

  it('is carried out once, asked for by two operators and by the event at once', async () => {
    const optimizationId = one();
    deliver();
    const asked = await Promise.all([1, 2, 3].map(() => advised.execute(optimizationId)));
    const [id, ...others] = new Set(asked.map(({ rebalancing }) => rebalancing.id));
    expect(others).toEqual([]);
    await advised.becomes(id, 'COMPLETED');
    expect(advised.atBroker).toHaveLength(1);
    const again = await advised.execute(optimizationId);
    expect(again).toMatchObject({ replayed: true, rebalancing: { id, state: 'COMPLETED' } });
    expect(advised.atBroker).toHaveLength(1);
    expect(advised.patches).toHaveLength(1);
  });

  it('is carried out by the event alone, and told of by events', async () => {
    const optimizationId = one();
    deliver();
    await expect.poll(() => advised.transactions.length, { timeout: 20_000 }).toBe(1);
    const { rebalancing, replayed } = await advised.execute(optimizationId);
    expect(replayed).toBe(true);
    await advised.becomes(rebalancing.id, 'COMPLETED');
    expect(advised.atBroker).toHaveLength(1);
    const { data } = await world.ask(
      `query ($id: ID!, $portfolio: ID!) { node(id: $id) { id __typename } notifications(portfolioId: $portfolio, first: 50) {
        edges { node { type ... on RebalancingNotification { rebalancing { state orders { isin } } } } } } }`,
      { id: rebalancing.id, portfolio: advised.id },
    );
    const { node, notifications } = data as Result;
    expect(node).toEqual({ id: rebalancing.id, __typename: 'Rebalancing' });
    const shown = notifications.edges.flatMap((edge: Result) => edge.node.rebalancing?.state ?? []);
    expect([...new Set(shown)]).toEqual(['SELLING', 'BUYING', 'COMPLETED']);
  });

  it('of an advisory portfolio is carried out once its owner has accepted it', async () => {
    const holdings = { $EUR: '10', [APPLE]: '5' };
    const asked = new Advised(world, { key: `rebalancing/${++count}`, manager: 'ROBO_ADVISOR_ADVISORY', holdings });
    const id = asked.recommend({ [APPLE]: units(APPLE, '-3') });
    deliver();
    expect(await asked.execute(id)).toMatchObject({ code: 'OPTIMIZATION_NOT_EXECUTABLE' });
    world.investSuite.choose(asked.id, 'ACCEPT');
    deliver();
    await expect
      .poll(() => asked.atBroker, { timeout: 20_000 })
      .toMatchObject([{ side: 'SELL', quantity: '3', status: 'FILLED' }]);
    const { rebalancing } = await asked.execute(id);
    await asked.becomes(rebalancing.id, 'COMPLETED');
  });
});

it('of the demo is carried out by the queries of docs/orders.md', async () => {
  const page = readFileSync('docs/orders.md', 'utf8');
  const [show = '', execute = ''] = [...page.matchAll(/^```graphql\n([\s\S]*?)^```$/gm)].map(([, query]) => query);
  const demo = await startWorld({ standins: { portfolios: 10 }, gateway: { portfolioSync: true } });
  demo.upvest.webhooks.register(`${demo.url}/webhooks/upvest`);
  try {
    const { portfolio } = (await demo.ask(show)).data as Result;
    const { data } = await demo.ask(execute, { optimizationId: portfolio.optimization.id });
    const { id } = (data as Result).executeOptimization.rebalancing;
    const ask = `query ($id: ID!) { rebalancing(id: $id) { state orders { side filledAmount } skipped { reason } } }`;
    await expect
      .poll(async () => (await demo.ask(ask, { id })).data, { timeout: 30_000 })
      .toMatchObject({ rebalancing: { state: 'COMPLETED' } });
    const { rebalancing } = (await demo.ask(ask, { id })).data as Result;
    expect(rebalancing.orders.map(({ side }: Result) => side)).toEqual(['SELL', 'SELL', 'BUY', 'BUY']);
    for (const { filledAmount } of rebalancing.orders) expect(Number(filledAmount)).toBeGreaterThan(0);
    expect(rebalancing.skipped).toMatchObject([{ reason: expect.stringMatching(/price has moved/) }]);
  } finally {
    await demo.stop();
  }
});
