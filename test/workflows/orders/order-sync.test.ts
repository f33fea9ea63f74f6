import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseEvents, readSubject, type UpvestEvent } from '../../../src/datasources/upvest/index.ts';
import { ORDER_SHARED_MS } from '../../../src/datasources/upvest/upvest.ts';
import { add, decimal, ZERO } from '../../../src/domain/decimal.ts';
import type { PortfolioId } from '../../../src/domain/ids.ts';
import { type SeededPortfolio, seedPortfolio, type UpvestEntities } from '../../../src/standins/index.ts';
import { storeEvents, type WorkflowRow, type Writing, workflowOfSubject } from '../../../src/store/index.ts';
import { followOrder, inboxEventOf, type Point, recordOrder } from '../../../src/workflows/index.ts';
import { eventually } from '../../helpers/gateway.ts';
import { OPERATOR, Orders } from './harness.ts';

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
  portfolio = seedPortfolio({ key: `sync/${++count}`, manager: 'USER_MANAGED', holdings: { $EUR: '1000' } });
  // Made just above, in the right form.
  portfolioId = portfolio.portfolioId as PortfolioId;
  orders.fresh(portfolio);
  return () => expect(orders.errors).toEqual([]);
});

const atBroker = (order: Partial<UpvestEntities.Order> = {}) =>
  orders.upvest.placeOrder(portfolio.broker.accountId ?? '', { quantity: '7', instrument_id: ISIN, ...order });

/** As the inbox does for an event about an order or one of its executions. */
async function follow(writing: Writing, event: UpvestEvent): Promise<void> {
  const about = readSubject(event);
  const id = about.kind === 'order' ? about.order.id : about.kind === 'execution' ? about.execution.orderId : null;
  if (id !== null) await followOrder(writing, id, portfolioId);
}

/** As the inbox's worker does: stored first, followed when it is worked on. */
async function tell(type: string, object: unknown): Promise<UpvestEvent> {
  const body = JSON.stringify({ id: randomUUID(), type, object, created_at: '2022-06-12T10:00:00Z' });
  const batch = parseEvents(Buffer.from(body));
  const [item] = batch.kind === 'events' ? batch.items : [];
  if (item?.kind !== 'event') throw new Error('no event');
  const { event } = item;
  await orders.store.write((writing) => storeEvents(writing, [inboxEventOf(event)]));
  await orders.store.write((writing) => follow(writing, event));
  return event;
}

async function recorded(externalId: string): Promise<string> {
  const result = await recordOrder(orders.services, OPERATOR, {
    portfolioId,
    side: 'BUY',
    instrumentId: ISIN,
    quantity: decimal('7'),
    externalId,
    idempotencyKey: `sync-${++count}`,
  });
  if (result.kind !== 'success') throw new Error(result.message);
  return result.value.value.id;
}

const shown = (): string[] =>
  orders.investSuite.transactions(portfolioId).flatMap(({ movements }) =>
    movements.map(({ status, type, instrument_id, quantity }) => {
      const units = add(decimal(typeof quantity === 'string' ? quantity : quantity.text), ZERO);
      return `${status} ${type} ${instrument_id} ${units}`;
    }),
  );

const PLACED = `PLACED BUY ${ISIN} 7`;
const filled = (status: string) => [PLACED, `${status} BUY ${ISIN} 7`, `${status} SELL $EUR -70`];

async function row(orderId: string): Promise<WorkflowRow> {
  const found = await orders.store.read((reading) => workflowOfSubject(reading, `upvest:order:${orderId}`));
  if (found === undefined) throw new Error('no row follows the order');
  return found;
}

/** Lets so much time pass that the row, which waits by now, looks again. */
async function look(orderId: string): Promise<void> {
  await eventually(async () => expect(await row(orderId)).toMatchObject({ waiting_for: 'order', lease_owner: null }));
  // The answer to an earlier look serves for so long.
  await sleep(ORDER_SHARED_MS);
  const before = orders.upvest.calls.total;
  orders.pass(3_700_000);
  await eventually(() => expect(orders.upvest.calls.total).toBeGreaterThan(before));
}

const unmatched = (order: UpvestEntities.Order) =>
  orders.hurry(
    eventually(async () => expect(await row(order.id)).toMatchObject({ state: 'UNMATCHED', due_at: null })),
    15_000,
  );

describe('an order that no transaction has', () => {
  it('is looked for during three minutes, then at the next event', async () => {
    const order = atBroker();
    await tell('ORDER.NEW', order);
    await eventually(async () => expect((await row(order.id)).waiting_for).toBe('broker-event'));
    await unmatched(order);
    const asked = orders.upvest.calls.total;
    expect(asked).toBeLessThan(15);
    orders.pass(86_400_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(orders.upvest.calls.total).toBe(asked);
    // Recorded by somebody else, so that we are not told.
    orders.investSuite.book(portfolioId, {
      external_id: order.id,
      movements: [
        { type: 'BUY', status: 'PLACED', datetime: '2022-06-10T00:00:00Z', instrument_id: ISIN, quantity: '7' },
      ],
    });
    const fill = orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    await tell('EXECUTION.FILLED', fill);
    await eventually(() => expect(shown()).toEqual(filled('EXECUTED')));
  });

  it('is looked for again when an event comes after the search has ended', async () => {
    const order = atBroker();
    await tell('ORDER.NEW', order);
    await unmatched(order);
    await tell('ORDER.NEW', order);
    await eventually(async () =>
      expect(await row(order.id)).toMatchObject({ step: 'look', waiting_for: 'broker-event', lease_owner: null }),
    );
  });

  it('is found as soon as it is recorded here', async () => {
    const order = atBroker();
    await tell('ORDER.NEW', order);
    await unmatched(order);
    orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    await recorded(order.id);
    await eventually(() => expect(shown()).toEqual(filled('EXECUTED')));
  });

  it('or several have: none is changed, and a problem is reported', async () => {
    const order = atBroker();
    await recorded(order.id);
    await recorded(order.id);
    orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    await tell('ORDER.FILLED', order);
    await eventually(() => expect(orders.troubles).toMatchObject([{ kind: 'not-followed' }]));
    expect(shown()).toEqual([PLACED, PLACED]);
  });
});

describe('what the broker does', () => {
  it('is found out where an event never comes', async () => {
    const order = atBroker();
    await recorded(order.id);
    await tell('ORDER.NEW', order);
    await eventually(async () => expect((await row(order.id)).waiting_for).toBe('order'));
    const fill = orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    await look(order.id);
    await eventually(() => expect(shown()).toEqual(filled('EXECUTED')));
    orders.upvest.settleExecution(order.id, fill.id);
    await look(order.id);
    await eventually(() => expect(shown()).toEqual(filled('SETTLED')));
    // It is over: nobody asks any more.
    await eventually(async () => expect((await row(order.id)).due_at).toBeNull());
  });

  it('is applied by its events, where the read of the order is stale or empty', async () => {
    const order = atBroker();
    await recorded(order.id);
    const fill = orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    const settled = { ...fill, status: 'SETTLED', settlement_date: '2022-06-12' };
    await tell('EXECUTION.SETTLED', settled);
    await eventually(() => expect(shown()).toEqual(filled('SETTLED')));
    expect(orders.upvest.order(order.id)?.executions[0]?.status).toBe('FILLED');
    // And an event that is older than that changes nothing.
    await tell('EXECUTION.FILLED', fill);
    await eventually(async () => expect((await row(order.id)).due_at).toBeNull());
    expect(shown()).toEqual(filled('SETTLED'));
    expect(orders.writes).toEqual(['POST', 'PATCH']);
  });

  it('is looked at again for an event that was stored before the order had a row', async () => {
    const order = atBroker();
    await recorded(order.id);
    const event = await tell('ORDER.NEW', order);
    await eventually(async () => expect((await row(order.id)).waiting_for).toBe('order'));
    orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    await eventually(async () => {
      await orders.store.write((writing) => follow(writing, event));
      expect(shown()).toEqual(filled('EXECUTED'));
    });
  });

  it('waits while Upvest or InvestSuite is down', async () => {
    const order = atBroker();
    await recorded(order.id);
    orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    const [upvest = 0] = orders.upvest.faults.add({ kind: 'status', status: 503 });
    await tell('ORDER.FILLED', order);
    await eventually(async () => expect((await row(order.id)).waiting_for).toBe('upvest'));
    orders.upvest.faults.remove(upvest);
    const [investSuite = 0] = orders.investSuite.faults.add({ kind: 'status', status: 503 });
    orders.pass(20_000);
    await eventually(async () => expect((await row(order.id)).waiting_for).toBe('investsuite'));
    orders.investSuite.faults.remove(investSuite);
    await orders.hurry(eventually(() => expect(shown()).toEqual(filled('EXECUTED'))));
  });

  it('and InvestSuite refuses is reported, and tried again at the next event', async () => {
    const order = atBroker();
    await recorded(order.id);
    orders.investSuite.faults.add({ kind: 'status', status: 422, match: { method: 'PATCH' }, times: 1 });
    const fill = orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    await tell('EXECUTION.FILLED', fill);
    await eventually(() => expect(orders.troubles).toMatchObject([{ kind: 'not-followed' }]));
    await tell('EXECUTION.FILLED', fill);
    await eventually(() => expect(shown()).toEqual(filled('EXECUTED')));
  });

  it('and the transaction cannot show is reported once', async () => {
    const order = atBroker();
    await recorded(order.id);
    const fill = orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    orders.upvest.settleExecution(order.id, fill.id);
    await tell('ORDER.FILLED', order);
    await eventually(() => expect(shown()).toEqual(filled('SETTLED')));
    orders.upvest.cancelExecution(order.id, fill.id);
    const asked = () => orders.upvest.calls.total;
    for (let time = 0; time < 3; time += 1) {
      const before = asked();
      await tell('EXECUTION.CANCELLED', { ...fill, status: 'CANCELLED' });
      await eventually(async () => {
        expect(asked()).toBeGreaterThan(before);
        expect((await row(order.id)).due_at).toBeNull();
      });
    }
    expect(orders.troubles).toMatchObject([{ kind: 'not-followed', message: expect.stringContaining('CANCELLED') }]);
    expect(shown()).toEqual(filled('SETTLED'));
  });

  it('is published: one notification for each change of the transaction', async () => {
    const order = atBroker();
    const transactionId = await recorded(order.id);
    const fill = orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
    await tell('EXECUTION.FILLED', fill);
    await eventually(() => expect(shown()).toEqual(filled('EXECUTED')));
    orders.upvest.settleExecution(order.id, fill.id);
    // The notes of its history meanwhile are no events.
    const [down = 0] = orders.investSuite.faults.add({ kind: 'status', status: 503 });
    await tell('EXECUTION.SETTLED', orders.upvest.order(order.id)?.executions[0]);
    await orders.hurry(eventually(async () => expect((await row(order.id)).attempts).toBeGreaterThan(3)));
    orders.investSuite.faults.remove(down);
    await orders.hurry(eventually(() => expect(shown()).toEqual(filled('SETTLED'))));
    const rows = () =>
      orders.store.read(({ db }) =>
        db.selectFrom('event_log').selectAll().where('portfolio_id', '=', portfolioId).orderBy('sequence').execute(),
      );
    await eventually(async () => expect(await rows()).toHaveLength(3));
    expect(
      (await rows()).map(({ source, type, shape, payload }) => [source, type, shape, JSON.parse(payload)]),
    ).toEqual([
      ['GATEWAY', 'TRANSACTION.PLACED', 'order.v1', { orderId: null, status: 'PLACED', transactionId }],
      ['GATEWAY', 'TRANSACTION.EXECUTED', 'order.v1', { orderId: order.id, status: 'EXECUTED', transactionId }],
      ['GATEWAY', 'TRANSACTION.SETTLED', 'order.v1', { orderId: order.id, status: 'SETTLED', transactionId }],
    ]);
  });

  it.each<Point>(['begun', 'prepared', 'marked', 'sent', 'committed'])(
    'is written once when the process dies after %s',
    async (at) => {
      const order = atBroker();
      await recorded(order.id);
      let crashes = 0;
      orders.onPoint = (point, { kind, step }) => {
        if (kind !== 'order-sync' || step !== 'move' || point !== at || crashes > 0) return;
        crashes += 1;
        orders.crash();
      };
      const fill = orders.upvest.fillOrder(order.id, { quantity: '7', price: '10' });
      await tell('EXECUTION.FILLED', fill);
      await orders.hurry(eventually(() => expect(crashes).toBe(1)));
      await orders.hurry(eventually(() => expect(shown()).toEqual(filled('EXECUTED'))));
      await orders.hurry(eventually(async () => expect((await row(order.id)).waiting_for).toBe('order')));
      expect(orders.writes).toEqual(['POST', 'PATCH']);
    },
  );
});
