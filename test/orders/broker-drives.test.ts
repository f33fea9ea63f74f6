import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { add, decimal, ZERO } from '../../src/domain/decimal.ts';
import {
  type InvestSuiteEntities,
  type SeededPortfolio,
  seedPortfolio,
  type UpvestEntities,
} from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { lastBody, MOVE, movementsOf, mutate, PLACE, writes } from './graph.ts';

/** The broker's webhooks, signed and over real sockets, move InvestSuite's transactions. */

const ISIN = 'US0378331005';
type Quantity = InvestSuiteEntities.Movement['quantity'];

let world: World;
let portfolio: SeededPortfolio;
let count = 0;

beforeAll(async () => {
  world = await start(true);
});
afterAll(() => world.stop());
beforeEach(() => {
  portfolio = freshPortfolio(world);
});

async function start(orderSync: boolean): Promise<World> {
  const standins = {
    settleDelayMs: 'manual' as const,
    upvestSettings: { webhookGatherMs: 0, webhookRetrySecondMs: 50 },
  };
  const started = await startWorld({ seed: [], standins, gateway: { orderSync } });
  started.upvest.webhooks.register(`${started.url}/webhooks/upvest`);
  return started;
}

function freshPortfolio({ investSuite, upvest }: World): SeededPortfolio {
  const seeded = seedPortfolio({
    key: `driven/${++count}`,
    manager: 'USER_MANAGED',
    holdings: { $EUR: '1000', [ISIN]: '10' },
  });
  investSuite.add(seeded.investSuite ?? {});
  upvest.add(seeded.upvest ?? {});
  investSuite.calls.reset();
  return seeded;
}

const atBroker = (order: Partial<UpvestEntities.Order> = {}): UpvestEntities.Order =>
  world.upvest.placeOrder(portfolio.broker.accountId ?? '', { quantity: '7', instrument_id: ISIN, ...order });

async function recorded(externalId: string, more: Record<string, unknown> = {}): Promise<string> {
  const { portfolioId } = portfolio;
  const input = { portfolioId, side: 'BUY', instrumentId: ISIN, quantity: '7', externalId, ...more };
  return (await mutate(world, PLACE, input)).transaction.id;
}

/** 70.00 and 70 are the same. */
const plain = (quantity: Quantity): string =>
  add(decimal(typeof quantity === 'string' ? quantity : quantity.text), ZERO);

const shown = (transactionId: string): string[] =>
  movementsOf(world, portfolio.portfolioId, transactionId).map(
    ({ status, type, instrument_id, quantity, external_id, reference_external_id }) =>
      [status, type, instrument_id, plain(quantity), external_id ?? reference_external_id].filter(Boolean).join(' '),
  );

const becomes = (transactionId: string, expected: readonly string[]) =>
  eventually(() => expect(shown(transactionId)).toEqual(expected));

const patches = () => writes(world).filter(({ method }) => method === 'PATCH');

/** Nothing waits any more at the broker, in the inbox or among the rows that are due. */
async function quiet({ gateway, upvest } = world): Promise<void> {
  await eventually(async () => {
    expect(upvest.webhooks.idle).toBe(true);
    const { store } = gateway;
    const inbox = await store.read(({ db }) =>
      db.selectFrom('inbox').select('id').where('due_at', 'is not', null).execute(),
    );
    const rows = await store.read(({ db, now }) =>
      db.selectFrom('workflows').select('id').where('due_at', '<=', now()).execute(),
    );
    expect([inbox, rows]).toEqual([[], []]);
  });
}

describe("the broker's order", () => {
  it('fills its transaction in parts, each of its own, and settles them', async () => {
    const { id } = atBroker();
    const transactionId = await recorded(id);
    const first = world.upvest.fillOrder(id, { quantity: '3', price: '10.005', cashAmount: '30.02', taxes: '0.50' });
    const placed = `PLACED BUY ${ISIN} 7`;
    const of = (status: string, fill: UpvestEntities.Execution, cash: string, tax?: string) => [
      `${status} BUY ${ISIN} ${fill.share_quantity} ${fill.id}`,
      `${status} SELL $EUR ${cash} ${fill.id}`,
      ...(tax === undefined ? [] : [`${status} OTHER_TAX $EUR ${tax} ${fill.id}`]),
    ];
    await becomes(transactionId, [placed, ...of('EXECUTED', first, '-30.02', '-0.5')]);
    const common = { status: 'EXECUTED', datetime: first.transaction_time };
    const leg = { ...common, instrument_id: '$EUR', reference_external_id: first.id };
    expect(lastBody(world).movements.slice(1)).toEqual([
      { external_id: first.id, type: 'BUY', ...common, instrument_id: ISIN, unit_price: 10.005, quantity: 3 },
      { type: 'SELL', ...leg, quantity: -30.02 },
      { type: 'OTHER_TAX', ...leg, quantity: -0.5, description: 'TOTAL' },
    ]);
    const second = world.upvest.fillOrder(id, { quantity: '4', price: '10', cashAmount: '40.00' });
    await becomes(transactionId, [
      placed,
      ...of('EXECUTED', first, '-30.02', '-0.5'),
      ...of('EXECUTED', second, '-40'),
    ]);
    world.upvest.settleExecution(id, first.id);
    await becomes(transactionId, [placed, ...of('SETTLED', first, '-30.02', '-0.5'), ...of('EXECUTED', second, '-40')]);
    world.upvest.settleExecution(id, second.id);
    await becomes(transactionId, [placed, ...of('SETTLED', first, '-30.02', '-0.5'), ...of('SETTLED', second, '-40')]);
  });

  it('has its transaction in the notification, whichever event comes', async () => {
    const { id } = atBroker();
    const transactionId = await recorded(id);
    world.upvest.fillOrder(id, { quantity: '7', price: '10' });
    await eventually(async () => {
      const { data } = await world.ask(
        `query ($p: ID) { notifications(first: 100, portfolioId: $p) { edges { node {
          source ... on OrderNotification { orderId status transaction { id } }
        } } } }`,
        { p: portfolio.portfolioId },
      );
      const { edges } = (data as { notifications: { edges: { node: { orderId?: string; source: string } }[] } })
        .notifications;
      const told = edges.map(({ node }) => node).filter((node) => node.orderId === id);
      expect(new Set(told.map(({ source }) => source))).toEqual(new Set(['UPVEST', 'GATEWAY']));
      expect(told).toEqual(told.map((node) => ({ ...node, transaction: { id: transactionId } })));
    });
  });

  it('is known by the reference that the client gave it, too', async () => {
    const transactionId = await recorded('reference-1', { side: 'SELL', quantity: '4' });
    const { id } = atBroker({ client_reference: 'reference-1', side: 'SELL', quantity: '4' });
    const fill = world.upvest.fillOrder(id, { quantity: '4', price: '10' });
    await becomes(transactionId, [
      `PLACED SELL ${ISIN} -4`,
      `EXECUTED SELL ${ISIN} -4 ${fill.id}`,
      `EXECUTED BUY $EUR 40 ${fill.id}`,
    ]);
  });

  it("is found by its user's accounts where Upvest does not show its account by itself", async () => {
    const [fault = 0] = world.upvest.faults.add({ kind: 'status', status: 404, match: { path: '^/accounts/[^/]+$' } });
    try {
      const { id } = atBroker();
      const transactionId = await recorded(id);
      const fill = world.upvest.fillOrder(id, { quantity: '7', price: '10' });
      await becomes(transactionId, [
        `PLACED BUY ${ISIN} 7`,
        `EXECUTED BUY ${ISIN} 7 ${fill.id}`,
        `EXECUTED SELL $EUR -70 ${fill.id}`,
      ]);
    } finally {
      world.upvest.faults.remove(fault);
    }
  });

  it('that is cancelled cancels what was not filled', async () => {
    const { id } = atBroker();
    const transactionId = await recorded(id);
    const fill = world.upvest.fillOrder(id, { quantity: '3', price: '10' });
    world.upvest.cancelOrder(id);
    await becomes(transactionId, [
      `PLACED BUY ${ISIN} 7`,
      `EXECUTED BUY ${ISIN} 3 ${fill.id}`,
      `EXECUTED SELL $EUR -30 ${fill.id}`,
      `CANCELLED BUY ${ISIN} 7`,
    ]);
    const answer = await mutate(world, MOVE, { portfolioId: portfolio.portfolioId, transactionId, status: 'PLACED' });
    expect(answer).toMatchObject({ __typename: 'IllegalStatusChangeError' });
  });

  it('whose fill was a mistrade takes it back', async () => {
    const { id } = atBroker();
    const transactionId = await recorded(id);
    const fill = world.upvest.fillOrder(id, { quantity: '3', price: '10' });
    await becomes(transactionId, [
      `PLACED BUY ${ISIN} 7`,
      `EXECUTED BUY ${ISIN} 3 ${fill.id}`,
      `EXECUTED SELL $EUR -30 ${fill.id}`,
    ]);
    world.upvest.cancelExecution(id, fill.id);
    await becomes(transactionId, [`PLACED BUY ${ISIN} 7`, `CANCELLED BUY ${ISIN} 3 ${fill.id}`]);
  });

  it('repeated and out of order, changes nothing more', async () => {
    const { id } = atBroker();
    const transactionId = await recorded(id);
    world.upvest.webhooks.pause();
    const fill = world.upvest.fillOrder(id, { quantity: '7', price: '10' });
    world.upvest.settleExecution(id, fill.id);
    const told = world.upvest.webhooks.events().filter(({ object }) => [object['id'], object['order_id']].includes(id));
    expect(told.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['ORDER.FILLED', 'EXECUTION.FILLED', 'EXECUTION.SETTLED']),
    );
    for (const event of [...told].reverse()) await world.upvest.webhooks.emit({ events: [event] });
    const settled = [`PLACED BUY ${ISIN} 7`, `SETTLED BUY ${ISIN} 7 ${fill.id}`, `SETTLED SELL $EUR -70 ${fill.id}`];
    await becomes(transactionId, settled);
    world.upvest.webhooks.resume();
    for (const event of told) await world.upvest.webhooks.emit({ events: [event, event] });
    // The same facts under other ids of events.
    for (const { type, object } of told) await world.upvest.webhooks.emit({ events: [{ type, object }] });
    await quiet();
    expect(shown(transactionId)).toEqual(settled);
    expect(patches()).toHaveLength(1);
  });

  it('whose event comes before its transaction is recorded is found afterwards', async () => {
    const { id } = atBroker();
    const fill = world.upvest.fillOrder(id, { quantity: '7', price: '10' });
    await quiet();
    const transactionId = await recorded(id);
    await becomes(transactionId, [
      `PLACED BUY ${ISIN} 7`,
      `EXECUTED BUY ${ISIN} 7 ${fill.id}`,
      `EXECUTED SELL $EUR -70 ${fill.id}`,
    ]);
  });

  it('of another instrument or side under the same id is not touched', async () => {
    const { id } = atBroker();
    const transactionId = await recorded(id, { instrumentId: 'LU78468R1014' });
    world.upvest.fillOrder(id, { quantity: '7', price: '10' });
    await quiet();
    expect(shown(transactionId)).toEqual(['PLACED BUY LU78468R1014 7']);
    expect(patches()).toEqual([]);
  });

  it('is followed while answers get lost, each fill once', async () => {
    const { id } = atBroker();
    const transactionId = await recorded(id);
    world.investSuite.faults.add({ kind: 'reset-after', match: { method: 'PATCH' }, times: 1 });
    const fill = world.upvest.fillOrder(id, { quantity: '7', price: '10' });
    await becomes(transactionId, [
      `PLACED BUY ${ISIN} 7`,
      `EXECUTED BUY ${ISIN} 7 ${fill.id}`,
      `EXECUTED SELL $EUR -70 ${fill.id}`,
    ]);
    await quiet();
    expect(patches()).toHaveLength(1);
    world.investSuite.faults.clear();
  });

  it('and what an operator says of it at the same time lose nothing', async () => {
    const { id } = atBroker();
    const transactionId = await recorded(id);
    const operator = mutate(world, MOVE, {
      portfolioId: portfolio.portfolioId,
      transactionId,
      status: 'EXECUTED',
      quantity: '7',
      unitPrice: '10',
    });
    const fill = world.upvest.fillOrder(id, { quantity: '7', price: '10' });
    world.upvest.settleExecution(id, fill.id);
    expect((await operator).__typename).toMatch(/UpdateOrderStatusSuccess|IllegalStatusChangeError/);
    await eventually(() =>
      expect(shown(transactionId).filter((line) => line.startsWith('SETTLED BUY'))).toHaveLength(1),
    );
    await quiet();
    // However they met: seven units, once.
    expect(
      shown(transactionId).filter((line) => line.includes(` BUY ${ISIN}`) && !line.startsWith('PLACED')),
    ).toHaveLength(1);
  });
});

it('with ORDER_SYNC off the broker moves nothing', async () => {
  const other = await start(false);
  try {
    const seeded = freshPortfolio(other);
    const { id } = other.upvest.placeOrder(seeded.broker.accountId ?? '', { quantity: '7', instrument_id: ISIN });
    const input = { portfolioId: seeded.portfolioId, side: 'BUY', instrumentId: ISIN, quantity: '7', externalId: id };
    await mutate(other, PLACE, input);
    other.upvest.fillOrder(id, { quantity: '7', price: '10' });
    await quiet(other);
    expect(writes(other).map(({ method }) => method)).toEqual(['POST']);
  } finally {
    await other.stop();
  }
});
