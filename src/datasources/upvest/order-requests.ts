import { type Decimal, equals } from '../../domain/decimal.ts';
import type { AccountId, BrokerageUserId } from '../../domain/ids.ts';
import type { OrderRequest } from '../../domain/order/placed.ts';
import type { WriteOptions } from '../upstream/client.ts';
import type { WriteOutcome } from '../upstream/outcome.ts';
import { at } from './fields.ts';
import { type BrokerOrderDetails, orderWire } from './orders.ts';
import { amountText, checkedCurrency, type UpvestWrites } from './writes.ts';

/** An order to be placed. The same key with the same order is the same order, for at least 24 hours. */
export interface OrderToPlace extends OrderRequest {
  readonly accountId: AccountId;
  /** Version 1.9.0 of the API demands it; newer ones take a business instead. Null: left out. */
  readonly brokerageUserId: BrokerageUserId | null;
  /** Ours, at most 100 characters: an order whose answer was lost is found by it. */
  readonly clientReference: string;
  /** Sent only where true: the customer was told that the instrument may not suit them. */
  readonly acknowledgesUnsuitable: boolean;
  /** UUID of version 1 to 5. */
  readonly idempotencyKey: string;
}

/** `POST /orders`, answered with 202. Throws a TypeError on an order that Upvest would refuse for its form; nothing is sent then. */
export async function createOrder(
  writes: UpvestWrites,
  order: OrderToPlace,
  options?: WriteOptions,
): Promise<WriteOutcome<BrokerOrderDetails>> {
  const { orderType, limitPrice, stopPrice } = order;
  const body = {
    account_id: order.accountId,
    user_id: order.brokerageUserId ?? undefined,
    side: order.side,
    instrument_id: order.isin,
    instrument_id_type: 'ISIN',
    ...sizeOf(order),
    currency: checkedCurrency(order.currency),
    order_type: orderType,
    limit_price: orderType === 'LIMIT' ? (limitPrice ?? undefined) : undefined,
    stop_price: orderType === 'STOP' ? (stopPrice ?? undefined) : undefined,
    expiry_date: order.expiresOn ?? undefined,
    client_reference: order.clientReference,
    user_instrument_fit_acknowledgement: order.acknowledgesUnsuitable ? true : undefined,
  };
  const { idempotencyKey } = order;
  return await writes.create(
    {
      path: '/orders',
      operation: 'upvest.orders.create',
      capability: 'orders',
      idempotencyKey,
      body,
      schema: orderWire,
      otherThan: (made) => otherThan(order, made),
    },
    options,
  );
}

/** Exactly one of the two. */
function sizeOf({ quantity, amount }: OrderRequest) {
  if (quantity !== null && amount === null) return { quantity };
  if (amount !== null && quantity === null) return { cash_amount: amountText(amount) };
  throw new TypeError('an order is by quantity or by amount');
}

/** An order by amount may be answered with a quantity, and the other way round once it is filled: only what was asked for is compared. */
function otherThan(asked: OrderToPlace, made: BrokerOrderDetails): string | undefined {
  const isOurs =
    made.clientReference === asked.clientReference ||
    (made.clientReference === null && isSameOrder(asked, made) && isSame(made.accountId, asked.accountId));
  return isOurs ? undefined : `order ${made.id} over ${made.quantity ?? made.cashAmount} of ${made.instrumentId}`;
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Whether an order at the broker is over the same as a request. */
export const isSameOrder = (
  asked: OrderRequest,
  made: Pick<BrokerOrderDetails, 'side' | 'instrumentId' | 'quantity' | 'cashAmount'>,
): boolean =>
  (made.side === null || made.side === asked.side) &&
  made.instrumentId === asked.isin &&
  isSameSize(asked.quantity, made.quantity) &&
  isSameSize(asked.amount, made.cashAmount);

const isSameSize = (asked: Decimal | null, made: Decimal | null): boolean =>
  asked === null || made === null || equals(asked, made);

/** `DELETE /orders/{id}`, answered with 202: asked for, not yet done. Only NEW ones can be cancelled; 404 and 422 are refusals. */
export const cancelOrder = (writes: UpvestWrites, id: string, options?: WriteOptions): Promise<WriteOutcome<null>> =>
  writes.cancel(at`/orders/${id}`, 'upvest.orders.cancel', options, 'orders');
