import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dateTime } from '../../../src/domain/datetime.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import { getWorkflow } from '../../../src/store/index.ts';
import { type PlaceOrderInput, placeOrder, resolveReview, updateHoldings } from '../../../src/workflows/index.ts';
import { followOptimization } from '../../../src/workflows/rebalancing/news.ts';
import { OPERATOR } from '../orders/harness.ts';
import { APPLE, advice, BONDS, Rebalanced, WORLD } from './rebalanced.ts';

/** Concurrent operations while a rebalancing is under way: docs/orders.md, "Races". */

let world: Rebalanced;
let count = 0;

beforeAll(async () => {
  world = await Rebalanced.start();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.begin();
  return () => expect(world.orders.errors).toEqual([]);
});

const place = (more: Partial<PlaceOrderInput>) =>
  placeOrder(world.orders.ordering, OPERATOR, {
    portfolioId: world.portfolioId,
    side: 'BUY',
    isin: WORLD,
    idempotencyKey: `other-${++count}`,
    ...more,
  });

const inSum = (numbers: readonly string[]): number => numbers.reduce((sum, each) => sum + Number(each), 0);
const openOf = (side: 'BUY' | 'SELL') => world.atBroker().filter((order) => order.side === side);

/** Calls `next` once, when a method of an object has answered for the next time. */
function onceAnswered<T extends object, K extends keyof T>(on: T, name: K, next: () => void): void {
  const method = on[name];
  if (typeof method !== 'function') throw new TypeError(`${String(name)} is no method`);
  Object.assign(on, {
    [name]: async (...all: unknown[]): Promise<unknown> => {
      const answer: unknown = await method.apply(on, all);
      Object.assign(on, { [name]: method });
      next();
      return answer;
    },
  });
}

/** Has something done after the look at the promises that follows the next such read, before anything is committed. */
function beforeTheCommit(read: 'cashBalance' | 'positions', act: () => Promise<unknown>): void {
  const { store, ordering } = world.orders;
  onceAnswered(ordering.ports.upvest, read, () =>
    onceAnswered(store, 'read', () => {
      const { write } = store;
      Object.assign(store, {
        write: async (...all: Parameters<typeof write>) => {
          Object.assign(store, { write });
          await act();
          return await write.apply(store, all);
        },
      });
    }),
  );
}

describe('what another request is promised between the check and the commit', () => {
  it('of cash is not taken by a buy', async () => {
    const id = await world.executed(world.recommend({ [WORLD]: advice('1500', 'AMOUNT') }));
    beforeTheCommit('cashBalance', async () =>
      expect(await place({ amount: decimal('1900') })).toMatchObject({ kind: 'success' }),
    );
    await world.goesOn(id);
    expect(inSum(openOf('BUY').map(({ cash_amount: money }) => money))).toBe(1900);
    expect(world.transactions().flatMap(({ movements }) => movements.map(({ status }) => status))).toContain(
      'NOT_EXECUTED',
    );
  });

  it('of units is not sold by a sell', async () => {
    beforeTheCommit('positions', async () =>
      expect(await place({ side: 'SELL', isin: APPLE, quantity: decimal('5') })).toMatchObject({ kind: 'success' }),
    );
    const id = await world.executed(world.recommend({ [APPLE]: advice('-8') }));
    await world.goesOn(id);
    expect(inSum(openOf('SELL').map(({ quantity }) => quantity))).toBe(10);
  });
});

describe('a sell by amount', () => {
  it('of more than there is, with the buffer of the broker, is skipped', async () => {
    world.orders.price = { amount: decimal('10'), currency: 'EUR', at: dateTime(new Date()), quality: 'REALTIME' };
    const sells = { [APPLE]: { ...advice('-95', 'AMOUNT'), quantity_type: 'AMOUNT' as const } };
    const id = await world.executed(world.recommend(sells));
    await world.becomes(id, { state: 'COMPLETED' });
    expect(world.atBroker()).toEqual([]);
    expect((await world.row(id)).progress).toContain('10 units can be sold');
  });
});

describe('while a rebalancing trades', () => {
  let first: string;
  beforeEach(async () => {
    first = await world.executed(world.recommend({ [APPLE]: advice('-4'), [BONDS]: advice('2') }));
    await world.until(() => expect(world.atBroker()).toMatchObject([{ side: 'SELL', status: 'NEW' }]));
  });

  it('a newer optimization is refused, and the same one replayed', async () => {
    const older = world.orders.investSuite.optimization(world.portfolioId)?.id ?? '';
    const newer = world.recommend({ [APPLE]: advice('-6') });
    expect(await world.execute(newer)).toMatchObject({
      kind: 'optimizationNotExecutable',
      message: expect.stringMatching(/under way/),
    });
    expect(await world.execute(older)).toMatchObject({ kind: 'success', replayed: true, value: { id: first } });
    await world.goesOn(first);
    expect(inSum(openOf('SELL').map(({ quantity }) => quantity))).toBe(4);
  });

  it('a newer one that an event tells of waits, and is not carried out where a still newer one is there then', async () => {
    const newer = world.recommend({ [APPLE]: advice('-6') });
    const told = { optimizationId: newer, value: 'SUCCESS', isRecommended: true };
    await world.orders.store.write((writing) => followOptimization(writing, told, world.portfolioId));
    await world.goesOn(first);
    // The PATCH of the holdings has begun another optimization.
    expect(world.orders.investSuite.optimization(world.portfolioId)?.id).not.toBe(newer);
    const news = () =>
      world.orders.store.read(({ db }) =>
        db.selectFrom('workflows').selectAll().where('kind', '=', 'optimization-news').execute(),
      );
    await world.until(async () =>
      expect((await news()).filter(({ portfolio_id: of }) => of === world.portfolioId)).toMatchObject([{ step: null }]),
    );
    expect(openOf('SELL')).toHaveLength(1);
  });

  it('an update of holdings is refused and keeps nothing; the same key may be used afterwards', async () => {
    const update = () =>
      updateHoldings(world.orders.services, OPERATOR, {
        portfolioId: world.portfolioId,
        holdings: [{ instrumentId: WORLD, quantity: decimal('3') }],
        idempotencyKey: `update-${first}`,
      });
    expect(await update()).toMatchObject({ kind: 'rebalancingInProgress' });
    expect(world.patches()).toEqual([]);
    await world.goesOn(first);
    expect(world.patches()).toHaveLength(1);
    expect(await update()).toMatchObject({ kind: 'success', replayed: false });
  });
});

describe('an update of holdings that was taken on before', () => {
  it('is written before anything is traded, and its optimization is the latest then', async () => {
    const { investSuite } = world.orders;
    const patch = { method: 'PATCH', path: /^\/portfolios\// };
    investSuite.faults.add({ kind: 'status', status: 503, match: patch });
    const optimizationId = world.recommend({ [APPLE]: advice('-4') });
    const updated = updateHoldings(world.orders.services, OPERATOR, {
      portfolioId: world.portfolioId,
      holdings: [{ instrumentId: WORLD, quantity: decimal('3') }],
      idempotencyKey: `before-${++count}`,
    });
    await world.until(() => expect(investSuite.calls.list(patch).length).toBeGreaterThan(0));
    const id = await world.executed(optimizationId);
    await world.until(async () => expect((await world.row(id)).waiting_for).toMatch(/^(settling|lock:portfolio:)/));
    expect(world.atBroker()).toEqual([]);
    investSuite.faults.clear();
    await world.becomes(id, { state: 'CANCELLED' });
    expect(await updated).toMatchObject({ kind: 'success' });
    expect(world.atBroker()).toEqual([]);
  });
});

describe('an event that comes before the optimization can be read', () => {
  it('has it carried out nevertheless', async () => {
    const { investSuite, store } = world.orders;
    const optimizationId = world.recommend({ [APPLE]: advice('-4') });
    investSuite.setOptimization(world.portfolioId, { inProgress: true });
    const told = { optimizationId, value: 'SUCCESS', isRecommended: true };
    await store.write((writing) => followOptimization(writing, told, world.portfolioId));
    await world.until(() => expect(investSuite.calls.list({ path: /optimizations/ }).length).toBeGreaterThan(0));
    investSuite.setOptimization(world.portfolioId, { id: optimizationId, orders: { [APPLE]: advice('-4') } });
    await world.until(() => expect(world.atBroker()).toHaveLength(1));
  });
});

describe('an order that InvestSuite refuses to record after the broker has it', () => {
  it('needs an operator once it has ended, and holds the rebalancing up until then', async () => {
    const { investSuite, store } = world.orders;
    const post = { method: 'POST', path: /^\/portfolios\/[^/]+\/transactions/ };
    investSuite.faults.add({ match: post, kind: 'status', status: 503 });
    const id = await world.executed(world.recommend({ [APPLE]: advice('-4') }));
    await world.until(() => expect(world.atBroker()).toHaveLength(1));
    investSuite.faults.clear();
    investSuite.faults.add({ match: post, kind: 'status', status: 422 });
    const orderId = world.atBroker()[0]?.client_reference ?? '';
    await world.goesOn(orderId, { state: 'NEEDS_REVIEW' });
    expect(await world.row(id)).toMatchObject({ state: 'BUYING' });
    const resolved = await resolveReview(world.orders.ordering, OPERATOR, {
      id: orderId,
      outcome: 'DONE',
      note: 'Recorded by hand.',
      idempotencyKey: `resolve-${orderId}`,
    });
    expect(resolved).toMatchObject({ kind: 'success', value: { object: { state: 'SETTLED' } } });
    await world.becomes(id, { state: 'COMPLETED' });
    expect(await store.read((reading) => getWorkflow(reading, orderId))).toMatchObject({
      state: 'SETTLED',
      step: null,
    });
    world.expectSame();
  });
});
