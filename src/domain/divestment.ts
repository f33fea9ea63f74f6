import { add, compare, type Decimal, subtract, ZERO } from './decimal.ts';
import type { Divestment } from './portfolio.ts';

/** InvestSuite has one reserved total per portfolio for all who reserve: the gateway, the customer's app, operators. */
export interface Reservations {
  /** Current total in InvestSuite. */
  readonly current: Divestment | null;
  /** Sum of the amounts of the gateway's open withdrawals in that total. */
  readonly ours: Decimal;
}

/**
 * The total to write so that the gateway's part becomes `wanted` and the others' part stays. Undefined where everything
 * is reserved (1e100): that covers any amount and must not be overwritten.
 */
export function totalFor({ current, ours }: Reservations, wanted: Decimal): Decimal | undefined {
  if (current?.kind === 'everything') return undefined;
  const total = current?.amount ?? ZERO;
  const others = atLeastZero(subtract(total, ours));
  return add(others, atLeastZero(wanted));
}

/** InvestSuite returns null or 0 where nothing is reserved. */
export const isTotal = (current: Divestment | null, total: Decimal): boolean =>
  current?.kind !== 'everything' && compare(current?.amount ?? ZERO, total) === 0;

const atLeastZero = (amount: Decimal): Decimal => (compare(amount, ZERO) < 0 ? ZERO : amount);
