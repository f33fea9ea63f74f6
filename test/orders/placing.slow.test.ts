import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

const portfolio = seedPortfolio({
  key: 'placing',
  manager: 'USER_MANAGED',
  brokerCash: '1000.00',
  holdings: { $EUR: '1000' },
});
const ISIN = 'US0378331005';

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [portfolio], instruments: true });
});
afterAll(() => world.stop());

const PLACE = `mutation ($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    __typename
    ... on PlaceOrderSuccess { replayed order { id state side isin amount orderType currency } }
    ... on Error { code message }
  }
}`;
const ORDER = `query ($id: ID!) {
  order(id: $id) {
    state filledQuantity averagePrice filledAmount fee taxes cancelling brokerOrderId
    executions { status quantity price cashAmount currency taxes }
    transaction { externalId movements { type status } }
    history { state }
  }
}`;

interface Placed {
  readonly placeOrder: {
    readonly __typename: string;
    readonly code?: string;
    readonly order?: { readonly id: string };
  };
}
const place = async (input: object): Promise<Placed['placeOrder']> => {
  const draft = { portfolioId: portfolio.portfolioId, side: 'BUY', isin: ISIN, ...input };
  return ((await world.ask(PLACE, { input: draft })).data as Placed).placeOrder;
};

describe('an order through the graph', () => {
  it('is placed, seen in every way, and ends SETTLED with what the broker traded', async () => {
    const placed = await place({ amount: '100', idempotencyKey: 'a' });
    expect(placed).toMatchObject({
      __typename: 'PlaceOrderSuccess',
      replayed: false,
      order: { side: 'BUY', isin: ISIN, amount: '100', orderType: 'MARKET', currency: 'EUR' },
    });
    const id = placed.order?.id ?? '';
    await eventually(async () => {
      const { data } = await world.ask(ORDER, { id });
      expect(data).toMatchObject({ order: { state: 'SETTLED', cancelling: false } });
    });
    const { data } = await world.ask(ORDER, { id });
    const { order } = data as { order: Record<string, unknown> & { executions: object[] } };
    expect(order.executions).toMatchObject([{ status: 'SETTLED', currency: 'EUR', cashAmount: order['filledAmount'] }]);
    expect(order['history']).toMatchObject(
      ['REQUESTED', 'RECORDED', 'SUBMITTED', 'WORKING', 'FILLED', 'SETTLED'].map((state) => ({ state })),
    );
    await eventually(async () => {
      const again = await world.ask(ORDER, { id });
      expect(again.data).toMatchObject({
        order: {
          transaction: {
            externalId: id,
            movements: [{ status: 'PLACED' }, { status: 'SETTLED' }, { status: 'SETTLED' }],
          },
        },
      });
    });
    const seen = await world.ask(
      `query ($id: ID!, $p: ID!) {
        node(id: $id) { __typename id }
        order(idempotencyKey: "a") { id }
        portfolio(id: $p) { open: orders(open: true) { edges { node { id } } } over: orders(open: false) { edges { node { id } } } }
      }`,
      { id, p: portfolio.portfolioId },
    );
    expect(seen.data).toEqual({
      node: { __typename: 'Order', id },
      order: { id },
      portfolio: { open: { edges: [] }, over: { edges: [{ node: { id } }] } },
    });
    expect(await place({ amount: '100.00', idempotencyKey: 'a' })).toMatchObject({ replayed: true, order: { id } });
    const metrics = await (await fetch(`${world.url}/metrics`)).text();
    expect(metrics).toContain('gateway_order_time_to_broker_seconds_count 1');
    expect(metrics).toContain('gateway_workflow_oldest_open_seconds{kind="order"} 0');
  });

  it('tells each state, with the order as it was then', async () => {
    const query = `{ notifications(first: 100) { edges { node { type ... on OrderNotification { status order { state } } } } } }`;
    const { data } = await world.ask(query);
    const { notifications } = data as {
      notifications: { edges: { node: { type: string; order?: { state: string } } }[] };
    };
    const told = notifications.edges.flatMap(({ node }) => node.order?.state ?? []);
    expect(told).toEqual(['REQUESTED', 'RECORDED', 'SUBMITTED', 'WORKING', 'FILLED', 'SETTLED']);
  });

  it.each([
    ['two sizes', { amount: '1', quantity: '1' }, 'INVALID_INPUT'],
    ['a key of another request', { amount: '99', idempotencyKey: 'a' }, 'IDEMPOTENCY_KEY_REUSED'],
    ['an instrument that the broker does not have', { isin: 'DE0000000000', amount: '1' }, 'INSTRUMENT_NOT_TRADABLE'],
    ['too little cash', { amount: '100000' }, 'INSUFFICIENT_CASH'],
    ['units that it does not hold', { side: 'SELL', isin: 'DE0005190003', quantity: '1' }, 'INSUFFICIENT_POSITION'],
  ])('is refused with a code for %s', async (what, input, code) => {
    expect((await place({ idempotencyKey: what, ...input })).code).toBe(code);
  });
});
