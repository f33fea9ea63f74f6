import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../../src/domain/decimal.ts';
import type { PortfolioId } from '../../../src/domain/ids.ts';
import { type SeededPortfolio, seedPortfolio } from '../../../src/standins/index.ts';
import { getWorkflow } from '../../../src/store/index.ts';
import { cancelOrder, type Point, placeOrder } from '../../../src/workflows/index.ts';
import { eventually } from '../../helpers/gateway.ts';
import { OPERATOR, Orders } from '../orders/harness.ts';

const ISIN = 'US0378331005';
const POINTS: readonly Point[] = ['begun', 'prepared', 'marked', 'sent', 'committed'];
let orders: Orders;
let portfolio: SeededPortfolio;
let portfolioId: PortfolioId;
let count = 0;

beforeAll(async () => {
  orders = await Orders.start({ seed: [], attemptTimeoutMs: 2_000 });
});
afterAll(() => orders.stop());
beforeEach(() => {
  portfolio = seedPortfolio({ key: `crash/${++count}`, manager: 'USER_MANAGED', holdings: { $EUR: '1000' } });
  // Made just above, in the right form.
  portfolioId = portfolio.portfolioId as PortfolioId;
  orders.fresh(portfolio);
});

/** The process ends the first time that a step of a kind comes to a point. */
function crashAt(kind: string, step: string, point: Point): { happened: boolean } {
  const crash = { happened: false };
  orders.onPoint = (at, row) => {
    if (crash.happened || row.kind !== kind || row.step !== step || at !== point) return;
    crash.happened = true;
    orders.crash();
  };
  return crash;
}

async function place(): Promise<string> {
  const draft = {
    portfolioId,
    side: 'BUY',
    isin: ISIN,
    quantity: decimal('7'),
    idempotencyKey: `crash-${count}`,
  } as const;
  const result = await placeOrder(orders.ordering, OPERATOR, draft);
  if (result.kind !== 'success') throw new Error(JSON.stringify(result));
  return result.value.id;
}

const stateOf = async (id: string) => (await orders.store.read((reading) => getWorkflow(reading, id)))?.state;
const becomes = (id: string, state: string) =>
  orders.hurry(eventually(async () => expect(await stateOf(id)).toBe(state)));
const atBroker = () => orders.upvest.orders(portfolio.broker.accountId ?? '');
const movements = () =>
  orders.investSuite
    .transactions(portfolioId)
    .map((each) => each.movements.map(({ status, type }) => `${status} ${type}`));

describe('an order whose gateway is killed', () => {
  const steps = [
    ['transaction-record', 'record'],
    ['order', 'record'],
    ['order', 'submit'],
    ['order', 'watch'],
    ['order-sync', 'move'],
  ] as const;
  const cases = steps.flatMap(([kind, step]) => POINTS.map((point) => [kind, step, point] as const));

  it.each(cases)('%s %s at %s: is at the broker and in InvestSuite once', async (kind, step, point) => {
    const crash = crashAt(kind, step, point);
    const id = await place();
    await becomes(id, 'SUBMITTED');
    const [order] = atBroker();
    const fill = orders.upvest.fillOrder(order?.id ?? '', { quantity: '7', price: '10' });
    await becomes(id, 'FILLED');
    orders.upvest.settleExecution(order?.id ?? '', fill.id);
    await becomes(id, 'SETTLED');
    await orders.hurry(
      eventually(() => expect(movements()).toEqual([['PLACED BUY', 'SETTLED BUY', 'SETTLED SELL']])),
      2_000,
    );
    expect(atBroker()).toHaveLength(1);
    // Steps that only read have fewer points; a committed row is in its next step.
    if (point === 'begun') expect(crash.happened).toBe(true);
  });

  it.each(POINTS)('while a cancellation is asked for, at %s: is cancelled once', async (point) => {
    const id = await place();
    await becomes(id, 'SUBMITTED');
    crashAt('order', 'watch', point);
    const result = await orders.hurry(
      cancelOrder(orders.ordering, OPERATOR, { id, idempotencyKey: `c-${count}` }),
      200,
    );
    expect(['success', 'upstreamRefused']).toContain(result.kind);
    await becomes(id, 'CANCELLED');
    expect(atBroker()).toMatchObject([{ status: 'CANCELLED' }]);
  });
});
