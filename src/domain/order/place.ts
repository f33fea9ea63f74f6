import type { OrderSide } from '../broker.ts';
import { type Checked, firstProblem, type InvalidInput, invalid, valid } from '../checked.ts';
import type { DateTime } from '../datetime.ts';
import { type Decimal, decimal } from '../decimal.ts';
import {
  checkCurrency,
  checkInstrumentId,
  checkNotFuture,
  checkOptimizationId,
  checkPositive,
  checkSearchableId,
} from '../input-rules.ts';
import { isIsin } from '../instrument.ts';
import type { NewTransaction } from '../movement-validation.ts';
import { signedQuantity } from '../movements.ts';
import type { Movement, OrderType } from '../transaction.ts';

type Optional<T> = T | null | undefined;

/** An order that was placed: by units (`quantity`) or by money (`amount`), both greater than 0. */
export interface OrderDraft {
  readonly side: OrderSide;
  readonly instrumentId: string;
  readonly quantity?: Optional<Decimal>;
  readonly amount?: Optional<Decimal>;
  readonly currency?: Optional<string>;
  readonly orderType?: Optional<OrderType>;
  readonly limitPrice?: Optional<Decimal>;
  readonly optimizationId?: Optional<string>;
  readonly externalId?: Optional<string>;
  readonly placedAt?: Optional<DateTime>;
}

/**
 * The transaction of a placed order, with one PLACED movement. By units: the quantity, and a limit order's price in
 * `unitPrice`. By amount, which is how funds are traded: quantity 1 and the amount in `unitPrice`, with its currency.
 */
export function placedOrder(
  draft: OrderDraft,
  context: { readonly now: DateTime; readonly baseCurrency: string },
): Checked<NewTransaction> {
  const problem = checkOrder(draft, context.now);
  if (problem !== undefined) return problem;
  const price = draft.amount ?? draft.limitPrice ?? null;
  const movement: Movement = {
    externalId: null,
    referenceExternalId: null,
    type: draft.side,
    status: 'PLACED',
    datetime: draft.placedAt ?? context.now,
    instrumentId: draft.instrumentId,
    quantity: signedQuantity(draft.side, draft.quantity ?? BY_AMOUNT),
    unitPrice: price,
    // A market order by units has no price; a currency that the client gives is kept for the later cash leg.
    unitPriceCurrency: draft.currency ?? (price === null ? null : context.baseCurrency),
    tradeType: null,
    description: null,
    referenceInstrumentId: null,
  };
  return valid({
    externalId: draft.externalId ?? null,
    orderType: orderTypeOf(draft),
    optimizationId: draft.optimizationId ?? null,
    movements: [movement],
  });
}

const BY_AMOUNT = decimal('1');

/** A limit price implies a limit order; null where nothing is given. */
function orderTypeOf({ orderType, limitPrice }: OrderDraft): NewTransaction['orderType'] {
  if (orderType === 'MARKET' || orderType === 'LIMIT') return orderType;
  return limitPrice == null ? null : 'LIMIT';
}

const checkOrder = (draft: OrderDraft, now: DateTime): InvalidInput | undefined =>
  firstProblem([
    checkInstrumentId('instrumentId', draft.instrumentId),
    isIsin(draft.instrumentId) ? undefined : invalid('instrumentId', 'Expected the ISIN of an instrument.'),
    checkSize(draft),
    checkPositive('quantity', draft.quantity),
    checkPositive('amount', draft.amount),
    checkLimit(draft),
    checkPositive('limitPrice', draft.limitPrice),
    checkCurrency('currency', draft.currency),
    checkOptimizationId('optimizationId', draft.optimizationId),
    checkSearchableId('externalId', draft.externalId),
    checkNotFuture('placedAt', draft.placedAt, now),
  ]);

function checkSize({ quantity, amount }: OrderDraft): InvalidInput | undefined {
  if (quantity == null && amount == null) return invalid('quantity', 'Expected a quantity or an amount.');
  return quantity != null && amount != null
    ? invalid('amount', 'Expected either a quantity or an amount, not both.')
    : undefined;
}

function checkLimit({ orderType, limitPrice, amount }: OrderDraft): InvalidInput | undefined {
  if (orderType === 'UNKNOWN') return invalid('orderType', 'UNKNOWN is not an order type that can be set.');
  const isLimit = orderType === 'LIMIT' || limitPrice != null;
  if (isLimit && amount != null) {
    // Both would have to be written into the same field of the movement.
    return invalid(limitPrice == null ? 'orderType' : 'limitPrice', 'An order by amount cannot have a limit.');
  }
  if (orderType === 'LIMIT' && limitPrice == null) return invalid('limitPrice', 'LIMIT requires a limit price.');
  return orderType === 'MARKET' && limitPrice != null
    ? invalid('limitPrice', 'A market order has no limit price.')
    : undefined;
}
