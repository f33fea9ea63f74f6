import { expect } from 'vitest';
import { decimal } from '../../../src/domain/decimal.ts';
import type { PortfolioId } from '../../../src/domain/ids.ts';
import { type SeededPortfolio, seedPortfolio } from '../../../src/standins/index.ts';
import { num } from '../../../src/standins/values/json.ts';
import { getWorkflow, type WorkflowRow } from '../../../src/store/index.ts';
import {
  executeOptimization,
  type OrderPorts,
  type RebalancingPorts,
  rebalancingWorkflows,
} from '../../../src/workflows/index.ts';
import { eventually } from '../../helpers/gateway.ts';
import { OPERATOR, Orders, type OrdersOptions } from '../orders/harness.ts';

/** The initial state for tests of the engine's rebalancings: nothing moves at the broker until a test lets it. */

export const [APPLE, BONDS, WORLD] = ['US0378331005', 'LU78468R1014', 'IE00B4L5Y983'] as const;
const settings = { priceTolerance: decimal('5'), writesHoldings: true, submitWithin: 60 };
const HOLDINGS = { $EUR: '2000', [APPLE]: '10' };

/** Of a recommendation; negative units are sold. */
export const advice = (quantity: string, quantity_type: 'UNITS' | 'AMOUNT' = 'UNITS') => ({
  shares: num(quantity),
  expected_share_price: num('10'),
  expected_transaction_cost: num('0.05'),
  quantity_type,
  quantity: num(quantity.replace('-', quantity_type === 'AMOUNT' ? '' : '-')),
});

export class Rebalanced {
  readonly orders: Orders;
  readonly ports: RebalancingPorts;
  portfolio: SeededPortfolio = seedPortfolio({ key: 'rebalanced' });
  #count = 0;

  private constructor(orders: Orders, ports: RebalancingPorts) {
    this.orders = orders;
    this.ports = ports;
  }

  static async start(options: Partial<OrdersOptions> = {}): Promise<Rebalanced> {
    let ports: RebalancingPorts | undefined;
    const definitions = (given: OrderPorts) => {
      ports = {
        ...given,
        accountsOf: (link) => given.upvest.accountsOfGroup(link),
        optimization: (id) => orders.ordering.ports.investSuite.optimization(id),
        instrument: async () => undefined,
        price: async () => orders.price,
      };
      return rebalancingWorkflows(ports, settings);
    };
    const orders = await Orders.start({ seed: [], attemptTimeoutMs: 2_000, definitions, ...options });
    if (ports === undefined) throw new TypeError('no definitions were asked for');
    return new Rebalanced(orders, ports);
  }

  /** A new robo portfolio, alone in the world. */
  begin(overrides: Parameters<typeof seedPortfolio>[0] = {}): void {
    const key = `rebalanced/${++this.#count}`;
    this.portfolio = seedPortfolio({
      key,
      manager: 'ROBO_ADVISOR_DISCRETIONARY',
      holdings: HOLDINGS,
      ...overrides,
    });
    this.orders.fresh(this.portfolio);
    this.orders.price = null;
  }

  // Made just above, in the right form.
  get portfolioId(): PortfolioId {
    return this.portfolio.portfolioId as PortfolioId;
  }

  recommend(orders: Readonly<Record<string, ReturnType<typeof advice>>>): string {
    return this.orders.investSuite.recommend(this.portfolioId, { orders });
  }

  execute(optimizationId: string, idempotencyKey = optimizationId) {
    const services = { ...this.orders.ordering, rebalancing: this.ports, rebalancingSettings: settings };
    return executeOptimization(services, OPERATOR, { portfolioId: this.portfolioId, optimizationId, idempotencyKey });
  }

  /** The id of the rebalancing that was taken on. */
  async executed(optimizationId: string): Promise<string> {
    const result = await this.execute(optimizationId);
    if (result.kind !== 'success') throw new Error(JSON.stringify(result));
    return result.value.id;
  }

  async row(id: string): Promise<WorkflowRow> {
    const found = await this.orders.store.read((reading) => getWorkflow(reading, id));
    if (found === undefined) throw new Error(`no row ${id}`);
    return found;
  }

  atBroker() {
    return this.orders.upvest.orders(this.portfolio.broker.accountId ?? '');
  }

  transactions() {
    return this.orders.investSuite.transactions(this.portfolioId);
  }

  /** The PATCHes of the portfolio that InvestSuite has taken. */
  patches() {
    return this.orders.investSuite.calls
      .list({ method: 'PATCH', path: /^\/portfolios\/[^/]+\/?$/ })
      .filter(({ status }) => status === 200);
  }

  /** Waits, by a fast clock, until the row is so. */
  async becomes(id: string, expected: Partial<WorkflowRow>): Promise<void> {
    await this.until(async () => expect(await this.row(id)).toMatchObject(expected));
  }

  async until(holds: () => void | Promise<void>): Promise<void> {
    await this.orders.hurry(eventually(holds, 60_000), 1_000);
  }

  /** Lets the broker carry on with what it has, until the row is so. */
  async goesOn(id: string, expected: Partial<WorkflowRow> = { state: 'COMPLETED' }): Promise<void> {
    await this.until(async () => {
      this.orders.upvest.schedule.advance({ kind: 'order' });
      expect(await this.row(id)).toMatchObject(expected);
    });
  }

  /** Both systems have the same cash and units. */
  expectSame(): void {
    const { accountId = '', accountGroupId } = this.portfolio.broker;
    const holdings = this.orders.investSuite.holdings(this.portfolioId);
    for (const { instrument, quantity } of this.orders.upvest.positions(accountId ?? ''))
      expect(holdings[instrument.isin ?? '']).toBe(quantity);
    expect(holdings['$EUR']).toBe(this.orders.upvest.balance(accountGroupId).balance);
  }

  stop(): Promise<void> {
    return this.orders.stop();
  }
}
