import type { OrderSide } from './broker.ts';
import type { DateTime } from './datetime.ts';
import { abs, add, compare, type Decimal, decimal, divide, isNegative, isZero, multiply, subtract } from './decimal.ts';
import type { PortfolioId } from './ids.ts';
import type { Optimization, QuantityType, RecommendedOrder } from './optimization.ts';
import type { Portfolio } from './portfolio.ts';
import type { Price } from './prices.ts';
import type { StateChange, Transitions } from './state-change.ts';

export const REBALANCING_STATES = ['REQUESTED', 'SELLING', 'BUYING', 'COMPLETED', 'CANCELLED', 'NEEDS_REVIEW'] as const;
export type RebalancingState = (typeof REBALANCING_STATES)[number];

/** docs/orders.md has the transitions. A state follows itself where its history tells what was ordered or skipped. */
export const REBALANCING_TRANSITIONS: Transitions<RebalancingState> = {
  REQUESTED: ['REQUESTED', 'SELLING', 'CANCELLED', 'NEEDS_REVIEW'],
  SELLING: ['SELLING', 'BUYING', 'NEEDS_REVIEW'],
  BUYING: ['BUYING', 'COMPLETED', 'NEEDS_REVIEW'],
  COMPLETED: [],
  CANCELLED: [],
  NEEDS_REVIEW: ['REQUESTED', 'SELLING', 'BUYING', 'COMPLETED'],
};

/** A recommended order that was not sent. */
export interface SkippedOrder {
  readonly isin: string;
  readonly side: OrderSide;
  /** Units, or money for an order by amount; without a sign. */
  readonly quantity: Decimal;
  readonly reason: string;
}

/** The carrying out of one optimization. */
export interface Rebalancing {
  readonly id: string;
  readonly portfolioId: PortfolioId;
  readonly optimizationId: string;
  readonly state: RebalancingState;
  /** Why it was cancelled or needs a person; null otherwise. */
  readonly reason: string | null;
  /** Ids of its orders, sells first, as they were begun. */
  readonly orderIds: readonly string[];
  readonly skipped: readonly SkippedOrder[];
  readonly history: readonly StateChange<RebalancingState>[];
  readonly createdAt: DateTime;
  readonly updatedAt: DateTime;
}

/** A recommended order in the broker's terms. */
export interface PlannedOrder {
  readonly isin: string;
  readonly side: OrderSide;
  readonly quantityType: QuantityType;
  /** Units or money, without a sign; 0 where nothing is left of it. */
  readonly quantity: Decimal;
  readonly expectedPrice: Decimal | null;
}

/** Conditions for the gateway to carry out an optimization. */
export type Executable = Extract<Optimization, { readonly inProgress: false }>;

/** Why an optimization is not carried out now, in words; undefined where it may be. */
export function whyNotExecutable(
  portfolio: Pick<Portfolio, 'manager'>,
  optimization: Optimization | null,
  optimizationId: string,
): string | undefined {
  if (portfolio.manager !== 'ROBO_ADVISOR_DISCRETIONARY' && portfolio.manager !== 'ROBO_ADVISOR_ADVISORY')
    return 'The portfolio has no robo advisor.';
  if (optimization === null) return 'There is no such optimization.';
  if (optimization.inProgress) return 'InvestSuite is computing a newer optimization.';
  if (optimization.id !== optimizationId) return 'It is not the latest optimization of the portfolio.';
  if ((optimization.unreadableOrders ?? []).length > 0) return 'Some of its orders cannot be read.';
  if (portfolio.manager === 'ROBO_ADVISOR_ADVISORY')
    return optimization.ownerChoice === 'ACCEPT' ? undefined : 'The owner of the portfolio has not accepted it.';
  return optimization.isRecommended === true ? undefined : 'InvestSuite does not recommend it.';
}

const CENTS = 2;
const ONE = decimal('1');

/** The orders of an optimization: the sells, then the buys, each the largest first. */
export function planOf({ orders }: Executable): readonly PlannedOrder[] {
  const planned = orders.map(plannedOrder).sort((a, b) => compare(worth(b), worth(a)));
  return [...planned.filter(({ side }) => side === 'SELL'), ...planned.filter(({ side }) => side === 'BUY')];
}

/** Amounts of an optimizer have noise behind the cents, which the broker does not take. */
function plannedOrder({
  instrumentId,
  shares,
  quantityType,
  quantity,
  expectedSharePrice,
}: RecommendedOrder): PlannedOrder {
  const sign = shares === null || isZero(shares) ? quantity : shares;
  const size = abs(quantity);
  return {
    isin: instrumentId,
    side: isNegative(sign) ? 'SELL' : 'BUY',
    quantityType,
    quantity: quantityType === 'AMOUNT' ? divide(size, ONE, CENTS) : size,
    expectedPrice: expectedSharePrice,
  };
}

/** Only to put orders in a sequence. */
const worth = ({ quantityType, quantity, expectedPrice }: PlannedOrder): Decimal =>
  quantityType === 'UNITS' && expectedPrice !== null ? multiply(quantity, expectedPrice) : quantity;

/** Whether a price is worse than expected by more than a tolerance in percent. */
export function isWorse({ side, expectedPrice }: PlannedOrder, { amount }: Price, tolerance: Decimal): boolean {
  if (expectedPrice === null) return false;
  const slack = multiply(multiply(expectedPrice, tolerance), decimal('0.01'));
  return side === 'BUY'
    ? compare(amount, add(expectedPrice, slack)) > 0
    : compare(amount, subtract(expectedPrice, slack)) < 0;
}
