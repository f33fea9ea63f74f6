import { z } from 'zod';
import { BROKER_ORDER_STATUSES, type BrokerOrder, ORDER_SIDES } from '../../domain/broker.ts';
import { BROKER_EXECUTION_STATUSES, type BrokerExecution } from '../../domain/broker-payments.ts';
import { readDay } from '../../domain/calendar-day.ts';
import { compareInstants, instantOf, NO_INSTANT } from '../../domain/datetime.ts';
import type { AccountId, BrokerageUserId } from '../../domain/ids.ts';
import { UpstreamRefusedReadError } from '../../errors.ts';
import { oneOf, optionalText, optionalTime, text } from '../upstream/fields.ts';
import { joinRows, mayHaveText, type Rows } from '../upstream/rows.ts';
import { accountId, at, brokerageUserId, decimal, optionalDecimal } from './fields.ts';
import type { Read, UpvestReads } from './reads.ts';

/** An order with what only the synchronisation of orders needs. */
export interface BrokerOrderDetails extends BrokerOrder {
  readonly userId: BrokerageUserId | null;
}

// Written out rather than by `sameNames`, which takes twice as long: a customer has many of them.
export const executionWire = z
  .object({
    id: text,
    order_id: optionalText,
    status: oneOf(BROKER_EXECUTION_STATUSES, 'UNKNOWN'),
    side: oneOf(ORDER_SIDES, null),
    currency: optionalText,
    cash_amount: optionalDecimal,
    share_quantity: optionalDecimal,
    price: optionalDecimal,
    transaction_time: optionalTime,
    settlement_date: optionalText,
    taxes: z.array(z.object({ type: text, amount: decimal })).nullish(),
  })
  .transform(
    (row): BrokerExecution => ({
      id: row.id,
      orderId: row.order_id,
      status: row.status,
      side: row.side,
      currency: row.currency,
      cashAmount: row.cash_amount,
      quantity: row.share_quantity,
      price: row.price,
      transactionTime: row.transaction_time,
      settlementDate: row.settlement_date,
      taxes: row.taxes ?? [],
    }),
  );

export const orderWire = z
  .object({
    id: text,
    user_id: brokerageUserId.nullish(),
    account_id: accountId,
    side: oneOf(ORDER_SIDES, null),
    instrument_id: text,
    status: oneOf(BROKER_ORDER_STATUSES, 'UNKNOWN'),
    order_type: optionalText,
    quantity: optionalDecimal,
    cash_amount: optionalDecimal,
    currency: optionalText,
    limit_price: optionalDecimal,
    stop_price: optionalDecimal,
    expiry_date: optionalText,
    client_reference: optionalText,
    created_at: optionalTime,
    updated_at: optionalTime,
    fee: optionalDecimal,
    cancellation_reason: optionalText,
    initiation_flow: optionalText,
    executions: z.array(executionWire).nullish(),
  })
  .transform(
    (row): BrokerOrderDetails => ({
      id: row.id,
      userId: row.user_id ?? null,
      accountId: row.account_id,
      side: row.side,
      instrumentId: row.instrument_id,
      status: row.status,
      orderType: row.order_type,
      quantity: row.quantity,
      cashAmount: row.cash_amount,
      currency: row.currency,
      limitPrice: row.limit_price,
      stopPrice: row.stop_price,
      expiresOn: readDay(row.expiry_date ?? '') ?? null,
      clientReference: row.client_reference,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      fee: row.fee,
      cancellationReason: row.cancellation_reason,
      initiationFlow: row.initiation_flow,
      executions: row.executions ?? [],
    }),
  );

/** Newest first, then by id; orders without a readable time come last. For putting several accounts' lists together too. */
export function newestOrdersFirst<T extends Pick<BrokerOrder, 'id' | 'createdAt'>>(orders: readonly T[]): readonly T[] {
  return orders
    .map((order) => ({ order, at: order.createdAt === null ? NO_INSTANT : instantOf(order.createdAt) }))
    .sort((a, b) => {
      const later = compareInstants(b.at, a.at);
      if (later !== 0) return later;
      return a.order.id < b.order.id ? 1 : a.order.id > b.order.id ? -1 : 0;
    })
    .map(({ order }) => order);
}

/** An order with its executions; null where Upvest knows no such order. */
export const orderById = (reads: UpvestReads) =>
  reads.one({ operation: 'upvest.orders.get', path: (id: string) => at`/orders/${id}`, schema: orderWire });

/**
 * All orders of an account, newest first. Throws where Upvest knows no such account.
 *
 * Newer versions of the API list filled orders only, unless a status is asked for; older ones have no such filter. So each
 * status is asked for by itself, and an answer with another status than the one asked for shows a version without the
 * filter: it has all orders already. Statuses are read in the order in which an order passes through them, so that one that
 * moves on meanwhile is in a later list.
 */
export function ordersOfAccount(reads: UpvestReads): Read<AccountId, Rows<BrokerOrderDetails>> {
  const list = { resource: 'order', operation: 'upvest.orders.list', schema: orderWire, keyOf: idOf };
  const path = (account: AccountId): string => at`/accounts/${account}/orders`;
  const all = reads.listOfKnown({ ...list, path });
  const withStatus = reads.listOfKnown({
    ...list,
    path: ({ account, status }: { readonly account: AccountId; readonly status: AskedStatus }) =>
      `${path(account)}?status=${status}`,
  });
  return async (account, options) => {
    const asked = (status: AskedStatus): Promise<Rows<BrokerOrderDetails>> => withStatus({ account, status }, options);
    const fresh = await asked('NEW').catch((error: unknown) => {
      if (error instanceof UpstreamRefusedReadError && REFUSED_FILTER.has(error.status)) return undefined;
      throw error;
    });
    if (fresh === undefined) return newest([await all(account, options)]);
    if (!hasOnly(fresh, 'NEW')) return newest([fresh]);
    const processing = await asked('PROCESSING');
    return newest([fresh, processing, ...(await Promise.all([asked('FILLED'), asked('CANCELLED')]))]);
  };
}

/** Answers of a version to which the filter is unknown, and which does not ignore it. */
const REFUSED_FILTER: ReadonlySet<number> = new Set([400, 422]);

type AskedStatus = Exclude<(typeof BROKER_ORDER_STATUSES)[number], 'UNKNOWN'>;

const idOf = ({ id }: Pick<BrokerOrder, 'id'>): string => id;

const hasOnly = ({ rows, unreadable }: Rows<BrokerOrderDetails>, status: AskedStatus): boolean =>
  rows.every((order) => order.status === status) && unreadable.every((row) => mayHaveText(row, 'status', status));

/** One list of several. An order in two of them counts as in the later one. */
function newest(lists: readonly Rows<BrokerOrderDetails>[]): Rows<BrokerOrderDetails> {
  const { rows, unreadable } = joinRows(lists);
  const sent = new Map(unreadable.map((row) => [JSON.stringify(row.row), row]));
  return {
    rows: newestOrdersFirst([...new Map(rows.map((order) => [order.id, order])).values()]),
    unreadable: [...sent.values()],
  };
}
