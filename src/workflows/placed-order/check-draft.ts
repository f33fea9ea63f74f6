import { type CalendarDay, dayOf } from '../../domain/calendar-day.ts';
import { firstProblem, type InvalidInput, invalid } from '../../domain/checked.ts';
import { compare, type Decimal, decimal, scale } from '../../domain/decimal.ts';
import { parseAccountId } from '../../domain/ids.ts';
import { checkPositive } from '../../domain/input-rules.ts';
import { isIsin } from '../../domain/instrument.ts';
import type { OrderRequest } from '../../domain/order/placed.ts';
import type { OrderType } from '../../domain/transaction.ts';
import { timeOf } from '../cash/rows.ts';

/** Input of a client; the numbers as it wrote them. */
export interface OrderDraft {
  readonly portfolioId: string;
  readonly side: OrderRequest['side'];
  readonly isin: string;
  readonly quantity?: Decimal | null | undefined;
  readonly amount?: Decimal | null | undefined;
  readonly currency?: string | null | undefined;
  readonly orderType?: OrderType | null | undefined;
  readonly limitPrice?: Decimal | null | undefined;
  readonly stopPrice?: Decimal | null | undefined;
  readonly expiresOn?: CalendarDay | null | undefined;
  readonly accountId?: string | null | undefined;
}

/** Upvest's maximum of `cash_amount`. */
const MAX_AMOUNT = decimal('999999999.99');
/** Currencies of Upvest's orders. */
export const CURRENCIES: readonly string[] = ['EUR', 'GBP', 'USD'];

/** Checks of the input by itself, in the documented order. */
export function checkDraft(draft: OrderDraft, now: number): InvalidInput | undefined {
  const { quantity, amount, currency, accountId } = draft;
  return firstProblem([
    isIsin(draft.isin) ? undefined : invalid('isin', 'Expected the ISIN of an instrument.'),
    checkSize(draft),
    checkPositive('quantity', quantity),
    checkPositive('amount', amount),
    amount != null && scale(amount) > 2 ? invalid('amount', 'Expected at most two decimals.') : undefined,
    amount != null && compare(amount, MAX_AMOUNT) > 0
      ? invalid('amount', `Expected at most ${MAX_AMOUNT}.`)
      : undefined,
    currency != null && !CURRENCIES.includes(currency)
      ? invalid('currency', `The broker trades in ${CURRENCIES.join(', ')} only.`)
      : undefined,
    checkPrices(draft),
    checkPositive('limitPrice', draft.limitPrice),
    checkPositive('stopPrice', draft.stopPrice),
    checkDay(draft.expiresOn, now),
    accountId != null && parseAccountId(accountId) === undefined ? invalid('accountId', 'Expected a UUID.') : undefined,
  ]);
}

function checkSize({ quantity, amount }: OrderDraft): InvalidInput | undefined {
  if (quantity == null && amount == null) return invalid('quantity', 'Expected a quantity or an amount.');
  return quantity != null && amount != null
    ? invalid('amount', 'Expected either a quantity or an amount, not both.')
    : undefined;
}

function checkPrices({ orderType, limitPrice, stopPrice }: OrderDraft): InvalidInput | undefined {
  const type = orderType ?? 'MARKET';
  if (type === 'UNKNOWN') return invalid('orderType', 'UNKNOWN is not an order type that can be set.');
  if (type === 'LIMIT' && limitPrice == null) return invalid('limitPrice', 'LIMIT requires a limit price.');
  if (type === 'STOP' && stopPrice == null) return invalid('stopPrice', 'STOP requires a stop price.');
  if (type !== 'LIMIT' && limitPrice != null) return invalid('limitPrice', `${type} takes no limit price.`);
  return type !== 'STOP' && stopPrice != null ? invalid('stopPrice', `${type} takes no stop price.`) : undefined;
}

function checkDay(day: CalendarDay | null | undefined, now: number): InvalidInput | undefined {
  const today = dayOf(timeOf(now));
  return day != null && today !== undefined && day < today
    ? invalid('expiresOn', 'Expected a day that is not past (UTC).')
    : undefined;
}

/** The portfolio's currency is left out until the portfolio is known. */
export const requestOf = (draft: OrderDraft, currency: string): OrderRequest => ({
  side: draft.side,
  isin: draft.isin,
  quantity: draft.quantity ?? null,
  amount: draft.amount ?? null,
  currency,
  // UNKNOWN was refused before.
  orderType: draft.orderType === 'LIMIT' || draft.orderType === 'STOP' ? draft.orderType : 'MARKET',
  limitPrice: draft.limitPrice ?? null,
  stopPrice: draft.stopPrice ?? null,
  expiresOn: draft.expiresOn ?? null,
});
