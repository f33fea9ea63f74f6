import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../../src/domain/decimal.ts';
import type { PortfolioId } from '../../../src/domain/ids.ts';
import { type SeededPortfolio, seedPortfolio } from '../../../src/standins/index.ts';
import { num } from '../../../src/standins/values/json.ts';
import { getWorkflow } from '../../../src/store/index.ts';
import {
  executeOptimization,
  type OrderPorts,
  type Point,
  type RebalancingPorts,
  rebalancingWorkflows,
} from '../../../src/workflows/index.ts';
import { eventually } from '../../helpers/gateway.ts';
import { OPERATOR, Orders } from '../orders/harness.ts';

/** A rebalancing whose gateway is killed, at every step and point and at moments drawn at random. */

const [APPLE, BONDS, WORLD] = ['US0378331005', 'LU78468R1014', 'IE00B4L5Y983'] as const;
/** A step that only reads has no other points. */
const READS: readonly Point[] = ['begun', 'committed'];
const WRITES: readonly Point[] = ['begun', 'prepared', 'marked', 'sent', 'committed'];
const settings = { priceTolerance: decimal('5'), writesHoldings: true, submitWithin: 60 };

let orders: Orders;
let ports: RebalancingPorts;
let portfolio: SeededPortfolio;
let portfolioId: PortfolioId;
let optimizationId: string;
let count = 0;

function definitions(given: OrderPorts) {
  ports = {
    ...given,
    accountsOf: (link) => given.upvest.accountsOfGroup(link),
    optimization: (id) => orders.ordering.ports.investSuite.optimization(id),
    instrument: async () => undefined,
    price: async () => null,
  };
  return rebalancingWorkflows(ports, settings);
}

beforeAll(async () => {
  orders = await Orders.start({ seed: [], attemptTimeoutMs: 2_000, definitions });
});
afterAll(() => orders.stop());
beforeEach(() => {
  begin();
});

/** A robo portfolio with one recommendation: a sell, a buy by units and one by amount, and a buy beyond the cash. */
function begin(): void {
  const holdings = { $EUR: '2000', [APPLE]: '10' };
  portfolio = seedPortfolio({ key: `crash-rebalancing/${++count}`, manager: 'ROBO_ADVISOR_DISCRETIONARY', holdings });
  // Made just above, in the right form.
  portfolioId = portfolio.portfolioId as PortfolioId;
  orders.fresh(portfolio);
  optimizationId = orders.investSuite.recommend(portfolioId, {
    orders: {
      [APPLE]: order('-4', 'UNITS'),
      [BONDS]: order('2', 'UNITS'),
      [WORLD]: order('100', 'AMOUNT'),
      DE0007164600: order('1000000', 'AMOUNT'),
    },
  });
}

const order = (quantity: string, quantity_type: 'UNITS' | 'AMOUNT') => ({
  expected_share_price: num('10'),
  expected_transaction_cost: num('0.05'),
  quantity_type,
  quantity: num(quantity),
});

async function execute(): Promise<string> {
  const services = { ...orders.ordering, rebalancing: ports, rebalancingSettings: settings };
  const input = { portfolioId, optimizationId, idempotencyKey: `crash-${count}` };
  const result = await executeOptimization(services, OPERATOR, input);
  if (result.kind !== 'success') throw new Error(JSON.stringify(result));
  return result.value.id;
}

const rowOf = (id: string) => orders.store.read((reading) => getWorkflow(reading, id));
const atBroker = () => orders.upvest.orders(portfolio.broker.accountId ?? '');

/** Lets the broker go on with what it has, until the rebalancing is over. */
async function finish(id: string): Promise<void> {
  await orders.hurry(
    eventually(async () => {
      orders.upvest.schedule.advance({ kind: 'order' });
      expect((await rowOf(id))?.state).toBe('COMPLETED');
    }, 20_000),
    1_000,
  );
}

/** Each order once in both systems, nothing else, and both with the same cash and units. */
async function expectOnce(): Promise<void> {
  const shown = atBroker().map(({ side, instrument_id: isin, quantity, cash_amount: money }) =>
    [side, isin, quantity === '0' ? money : quantity].join(' '),
  );
  expect(shown.filter((each) => !each.includes(WORLD)).sort()).toEqual([`BUY ${BONDS} 2`, `SELL ${APPLE} 4`]);
  expect(atBroker()).toHaveLength(3);
  const transactions = orders.investSuite.transactions(portfolioId);
  expect(transactions).toHaveLength(4);
  expect(transactions.every(({ optimization_id: of }) => of === optimizationId)).toBe(true);
  const holdings = orders.investSuite.holdings(portfolioId);
  const positions = orders.upvest.positions(portfolio.broker.accountId ?? '');
  for (const { instrument, quantity } of positions) expect(holdings[instrument.isin ?? '']).toBe(quantity);
  expect(holdings['$EUR']).toBe(orders.upvest.balance(portfolio.broker.accountGroupId).balance);
  const patches = orders.investSuite.calls
    .list({ method: 'PATCH', path: /^\/portfolios\/[^/]+\/?$/ })
    .filter(({ status }) => status === 200);
  expect(patches).toHaveLength(1);
  expect(orders.errors).toEqual([]);
}

describe('a rebalancing whose gateway is killed', () => {
  const steps = [
    ...(['check', 'sell', 'buy', 'records'] as const).map((step) => [step, READS] as const),
    ['holdings', WRITES] as const,
  ];
  const cases = steps.flatMap(([step, points]) => points.map((point) => [step, point] as const));

  it.each(cases)('in %s at %s carries out each order once', async (step, point) => {
    let crashed = false;
    orders.onPoint = (at, { kind, step: now }) => {
      if (crashed || kind !== 'rebalancing' || now !== step || at !== point) return;
      crashed = true;
      orders.crash();
    };
    await finish(await execute());
    await expectOnce();
    // A row that has committed may be in its next step by then.
    if (point !== 'committed') expect(crashed).toBe(true);
  });

  it.each(Array.from({ length: 20 }, (_, seed) => [seed]))(
    'at moments drawn with seed %i carries out each order once',
    async (seed) => {
      const crashes = new Set([1, 2, 3].map((nth) => (seed * 7 + nth * (11 + seed)) % 60));
      let points = 0;
      orders.onPoint = () => {
        points += 1;
        if (crashes.delete(points)) orders.crash();
      };
      await finish(await execute());
      await expectOnce();
    },
  );
});
