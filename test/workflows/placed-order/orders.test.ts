import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseEvents, readSubject } from '../../../src/datasources/upvest/index.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import type { PortfolioId } from '../../../src/domain/ids.ts';
import { type FaultRule, type SeededPortfolio, seedPortfolio } from '../../../src/standins/index.ts';
import { getWorkflow, historyOf, storeEvents, type WorkflowRow } from '../../../src/store/index.ts';
import {
  cancelOrder,
  followOrder,
  inboxEventOf,
  type PlaceOrderInput,
  placeOrder,
  type ReviewOutcome,
  resolveReview,
  reviewsPage,
} from '../../../src/workflows/index.ts';
import { eventually } from '../../helpers/gateway.ts';
import { OPERATOR, Orders } from '../orders/harness.ts';

const ISIN = 'US0378331005';
let orders: Orders;
let portfolio: SeededPortfolio;
let portfolioId: PortfolioId;
let count = 0;

beforeAll(async () => {
  orders = await Orders.start({ seed: [], attemptTimeoutMs: 300 });
});
afterAll(() => orders.stop());
beforeEach(() => {
  portfolio = seedPortfolio({
    key: `placed/${++count}`,
    manager: 'USER_MANAGED',
    holdings: { $EUR: '1000', [ISIN]: '10' },
  });
  // Made just above, in the right form.
  portfolioId = portfolio.portfolioId as PortfolioId;
  orders.fresh(portfolio);
  return () => expect(orders.errors).toEqual([]);
});

const place = (more: Partial<PlaceOrderInput> = {}) =>
  placeOrder(orders.ordering, OPERATOR, {
    portfolioId,
    side: 'BUY',
    isin: ISIN,
    quantity: decimal('7'),
    idempotencyKey: `placed-${count}`,
    ...more,
  });

async function placed(more: Partial<PlaceOrderInput> = {}): Promise<string> {
  const result = await place(more);
  if (result.kind !== 'success') throw new Error(JSON.stringify(result));
  return result.value.id;
}

async function row(id: string): Promise<WorkflowRow> {
  const found = await orders.store.read((reading) => getWorkflow(reading, id));
  if (found === undefined) throw new Error('no such row');
  return found;
}
const states = async (id: string): Promise<string[]> =>
  ((await orders.store.read((reading) => historyOf(reading, [id]))).get(id) ?? [])
    .map(({ state }) => state)
    // An entry with the same state only notes what the row waits for.
    .filter((state, index, all) => state !== all[index - 1]);

const becomes = (id: string, state: string) => eventually(async () => expect((await row(id)).state).toBe(state));

const atBroker = () => orders.upvest.orders(portfolio.broker.accountId ?? '');
const recorded = () =>
  orders.investSuite.transactions(portfolioId).map(({ external_id, movements }) => ({
    external_id,
    movements: movements.map(({ status, type }) => `${status} ${type}`),
  }));

const only = () => {
  const [order, ...others] = atBroker();
  expect(others).toEqual([]);
  if (order === undefined) throw new Error('no order at the broker');
  return order;
};
const followed = (expected: readonly string[]) =>
  orders.hurry(
    eventually(() => expect(recorded()).toMatchObject([{ movements: expected }])),
    2_000,
  );
/** As the inbox's worker does: stored first, followed when it is worked on. */
async function tell(world: Orders, whose: PortfolioId, type: string, object: unknown): Promise<void> {
  const body = JSON.stringify({ id: randomUUID(), type, object, created_at: '2022-06-12T10:00:00Z' });
  const batch = parseEvents(Buffer.from(body));
  const [item] = batch.kind === 'events' ? batch.items : [];
  if (item?.kind !== 'event') throw new Error('no event');
  const { event } = item;
  await world.store.write((writing) => storeEvents(writing, [inboxEventOf(event)]));
  const about = readSubject(event);
  if (about.kind === 'order') await world.store.write((writing) => followOrder(writing, about.order.id, whose));
}
const fault = (standin: 'upvest' | 'investSuite', rule: FaultRule) => orders[standin].faults.add(rule);
const POST = { method: 'POST', path: /^\/orders$/ } as const;

describe('placing an order', () => {
  it('is done once for one key, however often it is sent at once', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => place()));
    const ids = new Set(results.map((result) => (result.kind === 'success' ? result.value.id : result.kind)));
    expect(ids.size).toBe(1);
    await becomes([...ids][0] ?? '', 'SUBMITTED');
    only();
  });

  it('never promises the same cash twice, nor the same units', async () => {
    orders.upvest.setBalance(portfolio.broker.accountGroupId ?? '', { available_for_trading: '80', balance: '80' });
    const buys = await Promise.all(
      [1, 2, 3].map((each) => place({ idempotencyKey: `b-${count}-${each}`, quantity: null, amount: decimal('50') })),
    );
    expect(buys.map(({ kind }) => kind).sort()).toEqual(['insufficientCash', 'insufficientCash', 'success']);
    const sells = await Promise.all(
      [1, 2, 3].map((each) => place({ side: 'SELL', idempotencyKey: `s-${count}-${each}`, quantity: decimal('6') })),
    );
    expect(sells.map(({ kind }) => kind).sort()).toEqual(['insufficientPosition', 'insufficientPosition', 'success']);
  });

  it.each([
    ['units', /positions/, { side: 'SELL', quantity: decimal('6') }],
    ['cash', /cash_balances/, { quantity: null, amount: decimal('60') }],
  ] as const)('never promises %s that were read before another order was sent', async (_what, path, wish) => {
    orders.upvest.setBalance(portfolio.broker.accountGroupId ?? '', { available_for_trading: '100', balance: '100' });
    fault('upvest', { kind: 'delay', ms: 700, work: 'done', times: 1, match: { method: 'GET', path } });
    const first = place({ ...wish, idempotencyKey: `read-${count}` });
    const second = await place({ ...wish, idempotencyKey: `sent-${count}` });
    if (second.kind === 'success') await becomes(second.value.id, 'SUBMITTED');
    expect([(await first).kind, second.kind].filter((kind) => kind === 'success')).toHaveLength(1);
  });

  it.each<[string, Partial<PlaceOrderInput>, object]>([
    ['neither quantity nor amount', { quantity: null }, { kind: 'invalid', field: 'quantity' }],
    ['both', { amount: decimal('5') }, { kind: 'invalid', field: 'amount' }],
    ['three decimals', { quantity: null, amount: decimal('5.001') }, { kind: 'invalid', field: 'amount' }],
    ['too much', { quantity: null, amount: decimal('1000000000') }, { kind: 'invalid', field: 'amount' }],
    ['LIMIT without price', { orderType: 'LIMIT' }, { kind: 'invalid', field: 'limitPrice' }],
    ['STOP without price', { orderType: 'STOP' }, { kind: 'invalid', field: 'stopPrice' }],
    ['MARKET with a price', { limitPrice: decimal('5') }, { kind: 'invalid', field: 'limitPrice' }],
    ['a past day', { expiresOn: '2020-01-01' as never }, { kind: 'invalid', field: 'expiresOn' }],
    ['no ISIN', { isin: 'apple' }, { kind: 'invalid', field: 'isin' }],
    ['an unknown portfolio', { portfolioId: 'P01F8ZSNV0J45R9DFZ3D7D8C26F' }, { kind: 'notFound' }],
    ['an unknown instrument', { isin: 'DE0000000001' }, { kind: 'instrumentNotTradable' }],
    ['an inactive instrument', { isin: 'DE0000000002' }, { kind: 'instrumentNotTradable' }],
    ['a fraction', { isin: 'DE0000000003', quantity: decimal('1.5') }, { kind: 'invalid', field: 'quantity' }],
  ])('refuses %s, and sends nothing', async (_what, more, expected) => {
    orders.instruments.set('DE0000000001', null);
    for (const [isin, tradable] of [
      ['DE0000000002', false],
      ['DE0000000003', true],
    ] as const) {
      orders.instruments.set(isin, {
        id: `ins_${isin}` as never,
        isin: isin as never,
        name: isin,
        wkn: null,
        tradable,
        fractional: false,
        updatedAt: null,
      });
    }
    expect(await place(more)).toMatchObject(expected);
    expect(atBroker()).toEqual([]);
    expect(recorded()).toEqual([]);
  });
});

describe('an order', () => {
  it('is recorded, sent once with our reference, filled and settled, and InvestSuite follows', async () => {
    const id = await placed();
    await becomes(id, 'SUBMITTED');
    const order = only();
    expect(order).toMatchObject({
      client_reference: id,
      quantity: '7',
      side: 'BUY',
      status: 'NEW',
      order_type: 'MARKET',
    });
    const fill = orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    orders.pass(20_000);
    await becomes(id, 'FILLED');
    orders.upvest.settleExecution(order.id, fill.id);
    orders.pass(20_000);
    await becomes(id, 'SETTLED');
    expect(await states(id)).toEqual(['REQUESTED', 'RECORDED', 'SUBMITTED', 'WORKING', 'FILLED', 'SETTLED']);
    await followed(['PLACED BUY', 'SETTLED BUY', 'SETTLED SELL']);
  });

  it('by amount is one of money at the broker, and quantity 1 at that price in InvestSuite', async () => {
    const id = await placed({ quantity: null, amount: decimal('100.5') });
    await becomes(id, 'SUBMITTED');
    expect(only()).toMatchObject({ cash_amount: '100.50', quantity: '0' });
    expect(orders.investSuite.transactions(portfolioId)).toMatchObject([
      { movements: [{ quantity: { text: '1' }, unit_price: '100.5', unit_price_currency: 'EUR' }] },
    ]);
  });

  it('shows partial fills at once, and a mistrade takes them back', async () => {
    const id = await placed();
    await becomes(id, 'SUBMITTED');
    const { id: orderId } = only();
    const first = orders.upvest.fillOrder(orderId, { quantity: '2', price: '10', complete: false });
    orders.pass(20_000);
    await becomes(id, 'WORKING');
    const second = orders.upvest.fillOrder(orderId, { quantity: '5', price: '11', complete: true });
    orders.pass(20_000);
    await becomes(id, 'FILLED');
    for (const { id: executionId } of [first, second]) orders.upvest.cancelExecution(orderId, executionId);
    orders.pass(20_000);
    await becomes(id, 'CANCELLED');
    expect((await row(id)).reason).toBe('All executions were taken back.');
  });

  it.each(['reset-before', 'reset-after'] as const)(
    'is at the broker once when the answer is lost (%s)',
    async (kind) => {
      fault('upvest', { kind, times: 1, match: POST });
      const id = await placed();
      await becomes(id, 'SUBMITTED');
      expect(only().client_reference).toBe(id);
    },
  );

  it('is REJECTED when Upvest refuses it, and NOT_EXECUTED in InvestSuite', async () => {
    fault('upvest', { kind: 'status', status: 422, times: 1, match: POST });
    const id = await placed();
    await becomes(id, 'REJECTED');
    expect((await row(id)).reason).toBe('Upvest refused the order (422).');
    await orders.hurry(
      eventually(() => expect(recorded()).toMatchObject([{ movements: ['PLANNED BUY', 'NOT_EXECUTED BUY'] }])),
    );
  });
});

describe('an order that Upvest does not take', () => {
  it('is REJECTED only once the list shows that the attempt whose answer was lost had no effect', async () => {
    fault('upvest', { kind: 'reset-after', times: 1, match: POST });
    fault('upvest', { kind: 'status', status: 422, match: POST });
    const id = await placed();
    await becomes(id, 'SUBMITTED');
    expect(only().client_reference).toBe(id);
  });

  it('is EXPIRED when the broker is out of reach until the deadline, and never sent later', async () => {
    fault('upvest', { kind: 'reset-before', match: POST });
    const id = await placed();
    await orders.hurry(becomes(id, 'EXPIRED'), 500);
    orders.upvest.faults.clear();
    await orders.hurry(
      eventually(() => expect(recorded()).toMatchObject([{ movements: ['PLANNED BUY', 'NOT_EXECUTED BUY'] }])),
    );
    orders.pass(86_400_000);
    expect(atBroker()).toEqual([]);
    expect((await row(id)).state).toBe('EXPIRED');
  });

  it('is followed when it was given up and is at the broker after all', async () => {
    fault('upvest', { kind: 'status', status: 403, match: POST });
    const id = await placed();
    await becomes(id, 'RECORDED');
    await orders.hurry(becomes(id, 'EXPIRED'), 500);
    orders.upvest.faults.clear();
    const late = orders.upvest.placeOrder(portfolio.broker.accountId ?? '', {
      client_reference: id,
      quantity: '7',
      instrument_id: ISIN,
    });
    await tell(orders, portfolioId, 'ORDER.NEW', late);
    await becomes(id, 'SUBMITTED');
    expect(await states(id)).toEqual(['REQUESTED', 'RECORDED', 'EXPIRED', 'SUBMITTED']);
  });
});

describe('an order whose deadline passes before it is sent', () => {
  it.each([
    ['begun', 'paused'],
    ['prepared', 'paused'],
    ['marked', 'paused'],
    ['begun', 'killed'],
    ['prepared', 'killed'],
    ['marked', 'killed'],
  ] as const)('is never sent by a gateway that was at %s and %s meanwhile', async (at, how) => {
    let isOver = false;
    orders.onPoint = (point, { step }) => {
      if (isOver || point !== at || step !== 'submit') return;
      isOver = true;
      orders.pass(61_000);
      if (how === 'killed') orders.crash();
    };
    const id = await placed();
    await orders.hurry(becomes(id, 'EXPIRED'), 500);
    expect(isOver).toBe(true);
    await followed(['PLANNED BUY', 'NOT_EXECUTED BUY']);
    expect(orders.upvest.calls.list(POST)).toEqual([]);
  });

  it('is followed where the attempt whose answer was lost had arrived in time', async () => {
    fault('upvest', { kind: 'reset-after', times: 1, match: POST });
    fault('upvest', { kind: 'reset-before', match: POST });
    const id = await placed();
    await eventually(() => expect(atBroker()).toHaveLength(1));
    orders.pass(61_000);
    await orders.hurry(becomes(id, 'SUBMITTED'), 500);
    expect(only().client_reference).toBe(id);
    expect(await states(id)).not.toContain('EXPIRED');
  });
});

describe('an order that the gateway cannot settle', () => {
  async function inReview(): Promise<string> {
    fault('upvest', { kind: 'reset-before', match: POST });
    const id = await placed();
    await eventually(() => expect(orders.upvest.calls.list(POST).length).toBeGreaterThan(0));
    for (const _ of ['one', 'two']) {
      const account = portfolio.broker.accountId ?? '';
      orders.upvest.placeOrder(account, { client_reference: id, quantity: '7', instrument_id: ISIN });
    }
    // It is looked for as long as the broker keeps its key.
    orders.pass(90_000_000);
    await orders.hurry(becomes(id, 'NEEDS_REVIEW'), 500);
    return id;
  }
  const resolved = (id: string, outcome: ReviewOutcome) =>
    resolveReview(orders.ordering, OPERATOR, { id, outcome, note: 'Asked.', idempotencyKey: `${id}-${outcome}` });

  it('is in the list of reviews, and ended by an operator', async () => {
    const id = await inReview();
    const reviews = await reviewsPage(orders.store, undefined, 10);
    expect(reviews.map(({ object }) => object.id)).toContain(id);
    expect((await row(id)).reason).toContain('Several orders');
    expect(await resolved(id, 'NOT_DONE')).toMatchObject({ kind: 'success', value: { type: 'Order' } });
    await becomes(id, 'REJECTED');
    await followed(['PLANNED BUY', 'NOT_EXECUTED BUY']);
  });

  it('is followed where an operator says that it was placed', async () => {
    const id = await inReview();
    const [first, second] = atBroker();
    orders.upvest.cancelOrder(first?.id ?? '', 'CANCELLED_BY_CLIENT');
    expect(await resolved(id, 'DONE')).toMatchObject({ kind: 'success' });
    await becomes(id, 'SUBMITTED');
    await orders.hurry(eventually(async () => expect((await row(id)).subject).toContain(second?.id ?? '')));
  });
});

describe('an order while InvestSuite is away', () => {
  const WRITES = { method: 'POST', path: /transactions/ } as const;

  it('is sent within 3 s and recorded when InvestSuite is back', async () => {
    fault('investSuite', { kind: 'reset-before', match: WRITES });
    const id = await placed();
    const began = (await row(id)).created_at;
    await orders.hurry(becomes(id, 'SUBMITTED'));
    const { at } = (await orders.store.read((reading) => historyOf(reading, [id]))).get(id)?.at(-1) ?? { at: Infinity };
    expect(await states(id)).toEqual(['REQUESTED', 'SUBMITTED']);
    expect(recorded()).toEqual([]);
    expect(at - began).toBeLessThan(10_000);
    orders.investSuite.faults.clear();
    await followed(['PLACED BUY']);
    await orders.hurry(
      eventually(async () => expect((await row(id)).progress).toContain('transactionId')),
      500,
    );
  });

  it('is REJECTED and not sent when InvestSuite refuses to record it', async () => {
    fault('investSuite', { kind: 'status', status: 422, match: WRITES });
    const id = await placed();
    await becomes(id, 'REJECTED');
    expect(atBroker()).toEqual([]);
  });
});

describe('cancelling an order', () => {
  it('sends nothing when it comes before the order was sent', async () => {
    fault('investSuite', { kind: 'delay', ms: 250, match: { method: 'POST', path: /transactions/ } });
    const id = await placed();
    const result = await orders.hurry(cancelOrder(orders.ordering, OPERATOR, { id, idempotencyKey: `c-${count}` }));
    expect(result).toMatchObject({ kind: 'success', value: { state: 'CANCELLED' } });
    await orders.hurry(
      eventually(() => expect(recorded()).toMatchObject([{ movements: ['PLANNED BUY', 'CANCELLED BUY'] }])),
    );
    expect(atBroker()).toEqual([]);
  });

  it('is done by the broker while it has not begun, and told as CANCELLED', async () => {
    const id = await placed();
    await becomes(id, 'SUBMITTED');
    // InvestSuite follows on its own: it would see nothing of an order that was cancelled before it looked.
    await followed(['PLACED BUY']);
    const result = await orders.hurry(
      cancelOrder(orders.ordering, OPERATOR, { id, idempotencyKey: `c-${count}` }),
      300,
    );
    expect(result).toMatchObject({ kind: 'success', value: { state: 'CANCELLED', reason: 'Cancelled on request.' } });
    expect(only()).toMatchObject({ status: 'CANCELLED' });
    await followed(['PLACED BUY', 'CANCELLED BUY']);
  });

  it('is too late once the broker works on it', async () => {
    const id = await placed();
    await becomes(id, 'SUBMITTED');
    orders.upvest.fillOrder(only().id, { quantity: '2', complete: false });
    const result = await orders.hurry(
      cancelOrder(orders.ordering, OPERATOR, { id, idempotencyKey: `c-${count}` }),
      300,
    );
    expect(result).toMatchObject({ kind: 'notCancellable', state: 'WORKING' });
    expect(only()).toMatchObject({ status: 'PROCESSING' });
  });
});
