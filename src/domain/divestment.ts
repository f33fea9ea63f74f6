import { add, compare, type Decimal, subtract, ZERO } from './decimal.ts';
import type { Divestment } from './portfolio.ts';

/** InvestSuite keeps one total per portfolio for all who reserve: ours, the customer's app, an operator's. */
export interface Reservations {
  /** What InvestSuite says now. */
  readonly current: Divestment | null;
  /** Sum of what our open withdrawals have written into it. */
  readonly ours: Decimal;
}

/**
 * The total to write so that ours become `wanted` and what others reserved stays. Undefined where everything is reserved
 * (1e100): that covers any amount and is left alone.
 */
export function totalFor({ current, ours }: Reservations, wanted: Decimal): Decimal | undefined {
  if (current?.kind === 'everything') return undefined;
  const total = current?.amount ?? ZERO;
  const others = atLeastZero(subtract(total, ours));
  return add(others, atLeastZero(wanted));
}

/** InvestSuite writes "nothing reserved" as null or 0. */
export const isTotal = (current: Divestment | null, total: Decimal): boolean =>
  current?.kind !== 'everything' && compare(current?.amount ?? ZERO, total) === 0;

const atLeastZero = (amount: Decimal): Decimal => (compare(amount, ZERO) < 0 ? ZERO : amount);
