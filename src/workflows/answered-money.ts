import { type Decimal, equals } from '../domain/decimal.ts';
import type { WorkflowRow } from '../store/index.ts';
import { moneyOf } from './rows.ts';
import { type Review, review } from './step.ts';

/**
 * A review where Upvest answers a request with a movement of other money: its key was used before with another amount. That
 * happens when the database was set back to an older copy and the same client key comes with another input, which this gateway
 * can't know of any more. Undefined where the answer is what was asked for.
 */
export function reviewOfOtherMoney(
  row: WorkflowRow,
  made: { readonly id: string; readonly amount: Decimal; readonly currency: string },
): Review | undefined {
  const { amount, currency } = moneyOf(row);
  if (equals(made.amount, amount) && made.currency === currency) return undefined;
  return review(
    `Upvest answered with ${made.id} over ${made.amount} ${made.currency}: the same key was used before with another amount, as before a restore of the database. Nothing else was made for this request.`,
  );
}
