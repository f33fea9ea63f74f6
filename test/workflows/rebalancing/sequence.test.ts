import { afterAll, beforeAll, expect, it } from 'vitest';
import { decimal } from '../../../src/domain/decimal.ts';
import type { PortfolioId } from '../../../src/domain/ids.ts';
import { seedPortfolio } from '../../../src/standins/index.ts';
import { num } from '../../../src/standins/values/json.ts';
import { getWorkflow } from '../../../src/store/index.ts';
import { executeOptimization, type RebalancingPorts, rebalancingWorkflows } from '../../../src/workflows/index.ts';
import { eventually } from '../../helpers/gateway.ts';
import { OPERATOR, Orders } from '../orders/harness.ts';

const [APPLE, BONDS] = ['US0378331005', 'LU78468R1014'] as const;
const settings = { priceTolerance: decimal('5'), writesHoldings: true, submitWithin: 60 };
let orders: Orders;
let ports: RebalancingPorts;

beforeAll(async () => {
  orders = await Orders.start({
    seed: [],
    definitions: (given) => {
      ports = {
        ...given,
        accountsOf: (link) => given.upvest.accountsOfGroup(link),
        optimization: (id) => orders.ordering.ports.investSuite.optimization(id),
        instrument: async () => undefined,
        price: async () => null,
      };
      return rebalancingWorkflows(ports, settings);
    },
  });
});
afterAll(() => orders.stop());

it('no buy begins before the last sell is filled', async () => {
  const holdings = { $EUR: '100', [APPLE]: '10' };
  const portfolio = seedPortfolio({ key: 'sequence', manager: 'ROBO_ADVISOR_DISCRETIONARY', holdings });
  orders.fresh(portfolio);
  // Made just above, in the right form.
  const portfolioId = portfolio.portfolioId as PortfolioId;
  const order = (quantity: string, quantity_type: 'UNITS' | 'AMOUNT') => ({
    expected_share_price: num('10'),
    expected_transaction_cost: num('0.05'),
    quantity_type,
    quantity: num(quantity),
  });
  const optimizationId = orders.investSuite.recommend(portfolioId, {
    orders: { [APPLE]: order('-4', 'UNITS'), [BONDS]: order('130', 'AMOUNT') },
  });
  const services = { ...orders.ordering, rebalancing: ports, rebalancingSettings: settings };
  const result = await executeOptimization(services, OPERATOR, { portfolioId, optimizationId, idempotencyKey: 'a' });
  if (result.kind !== 'success') throw new Error(JSON.stringify(result));
  const rowOf = () => orders.store.read((reading) => getWorkflow(reading, result.value.id));
  const atBroker = () => orders.upvest.orders(portfolio.broker.accountId ?? '');

  await eventually(() => expect(atBroker()).toMatchObject([{ side: 'SELL', status: 'NEW' }]));
  // The sell has told of itself, and the rebalancing has looked again since.
  await orders.hurry(
    eventually(async () => expect(await rowOf()).toMatchObject({ state: 'SELLING', waiting_for: 'broker-event' })),
  );
  await orders.hurry(
    eventually(async () => expect((await rowOf())?.attempts).toBeGreaterThan(2)),
    1_000,
  );
  expect(atBroker()).toHaveLength(1);

  const [sell] = atBroker();
  orders.upvest.fillOrder(sell?.id ?? '', { quantity: '4', price: '10' });
  await orders.hurry(
    eventually(() => expect(atBroker()).toMatchObject([{ side: 'SELL' }, { side: 'BUY', cash_amount: '130.00' }])),
    1_000,
  );
});
