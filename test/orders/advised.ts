import { expect } from 'vitest';
import { type InvestSuiteEntities, type SeededPortfolio, seedPortfolio } from '../../src/standins/index.ts';
import { num } from '../../src/standins/values/json.ts';
import { priceAt } from '../../src/standins/values/prices.ts';
import { eventually } from '../helpers/gateway.ts';
import type { World } from '../helpers/world.ts';
import { mutate, type Result } from './graph.ts';

/** Recommendations, operations and results shared by the tests of rebalancings. */

export const EXECUTE = `mutation ($input: ExecuteOptimizationInput!) { result: executeOptimization(input: $input) { __typename
  ... on ExecuteOptimizationSuccess { replayed rebalancing { id state optimizationId } }
  ... on Error { code message retryable } } }`;
const SHOW = `query ($id: ID!) { rebalancing(id: $id) { id portfolioId optimizationId state reason
  orders { id state side isin quantity amount optimizationId filledAmount transactionId }
  skipped { isin side quantity reason } history { state reason } } }`;

type OptimizationOrder = InvestSuiteEntities.OptimizationOrder;

export const priceOf = (isin: string): number => Number(priceAt(isin, new Date()));

/** `times`: by how much the expected price differs from today's. */
export const units = (isin: string, quantity: string, times = 1): OptimizationOrder => ({
  shares: num(quantity),
  expected_share_price: num((priceOf(isin) * times).toFixed(12)),
  expected_transaction_cost: num('0.05'),
  quantity_type: 'UNITS',
  quantity: num(quantity),
});

/** By amount; InvestSuite's estimate in units has the sign. */
export const amount = (isin: string, money: string, side: 'BUY' | 'SELL'): OptimizationOrder => ({
  ...units(isin, `${side === 'SELL' ? '-' : ''}${(Number(money) / priceOf(isin)).toFixed(6)}`),
  quantity_type: 'AMOUNT',
  quantity: num(money),
});

/** A robo portfolio in a world, and what becomes of it. */
export class Advised {
  readonly portfolio: SeededPortfolio;
  readonly id: string;
  readonly #world: World;

  constructor(world: World, overrides: Parameters<typeof seedPortfolio>[0]) {
    this.#world = world;
    this.portfolio = seedPortfolio({ manager: 'ROBO_ADVISOR_DISCRETIONARY', ...overrides });
    this.id = this.portfolio.portfolioId;
    world.investSuite.add(this.portfolio.investSuite ?? {});
    world.upvest.add(this.portfolio.upvest ?? {});
  }

  recommend(
    orders: Readonly<Record<string, OptimizationOrder>>,
    more: { readonly isRecommended?: boolean } = {},
  ): string {
    return this.#world.investSuite.recommend(this.id, { orders, ...more });
  }

  execute(optimizationId: string, more: object = {}): Promise<Result> {
    return mutate(this.#world, EXECUTE, { portfolioId: this.id, optimizationId, ...more });
  }

  async shown(id: string): Promise<Result> {
    return ((await this.#world.ask(SHOW, { id })).data as Result).rebalancing;
  }

  async becomes(id: string, state: string): Promise<Result> {
    await eventually(async () => expect(await this.shown(id)).toMatchObject({ state }), 30_000);
    return await this.shown(id);
  }

  /** PATCHes of the portfolio itself. */
  get patches() {
    return this.#world.investSuite.calls.list({ method: 'PATCH', path: new RegExp(`^/portfolios/${this.id}/?$`) });
  }

  get atBroker() {
    return this.#world.upvest.orders(this.portfolio.broker.accountId ?? '');
  }

  get transactions() {
    return this.#world.investSuite.transactions(this.id);
  }

  /** The statuses of the movements of an instrument. */
  statuses(isin: string): string[] {
    return this.transactions
      .filter(({ movements }) => movements[0]?.instrument_id === isin)
      .flatMap(({ movements }) => movements.map(({ status }) => status));
  }
}
