import type { Order } from '../domain/order/placed.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Transaction } from '../domain/transaction.ts';
import {
  type CancelInput,
  cancelOrder as commandCancelOrder,
  placeOrder as commandPlaceOrder,
  listOrders,
  type OrderDraft,
  type OrderPreview,
  type PlaceOrderInput,
  previewOrder,
} from '../workflows/index.ts';
import { byIdOrKey, type IdOrKey, rowPage } from './cash-requests.ts';
import { callerOf, named } from './commands.ts';
import type { RequestContext } from './context.ts';
import type { Connection, PageArguments } from './cursors.ts';
import type { Result } from './results.ts';
import { transactionById } from './transactions.ts';

export async function placeOrder(
  context: RequestContext,
  input: PlaceOrderInput,
): Promise<Result<{ readonly order: Order }>> {
  return named(context, 'order', await commandPlaceOrder(context.services.ordering, callerOf(context), input));
}

export type { OrderPreview };

/** Why placeOrder would refuse the order now, and what it would cost or bring. */
export const orderPreview = (context: RequestContext, draft: OrderDraft): Promise<OrderPreview> =>
  previewOrder(context.services.ordering, callerOf(context), draft);

export async function cancelOrder(
  context: RequestContext,
  input: CancelInput,
): Promise<Result<{ readonly order: Order }>> {
  return named(context, 'order', await commandCancelOrder(context.services.money, callerOf(context), input));
}

/** Throws BadUserInputError unless exactly one of id and idempotencyKey is given. */
export async function orderByIdOrKey(context: RequestContext, by: IdOrKey): Promise<Order | null> {
  const found = await byIdOrKey(context, by, 'placeOrder');
  return found?.type === 'Order' ? found.object : null;
}

/** Orders of a portfolio that the gateway placed, newest first; only those that are not over, or only those that are. */
export async function ordersOf(
  context: RequestContext,
  portfolio: Portfolio,
  { open, ...page }: PageArguments & { readonly open?: boolean | null | undefined },
): Promise<Connection<Order>> {
  const { store } = context.services.money;
  const list = `orders ${portfolio.id} ${open ?? 'all'}`;
  return await rowPage(context, list, page, (after, limit) =>
    listOrders(store, portfolio.id, { after, limit, open: open ?? undefined }),
  );
}

/** InvestSuite's transaction of the order in its current state; null until InvestSuite has it. */
export async function transactionOfOrder(
  context: RequestContext,
  { portfolioId, transactionId }: Order,
): Promise<Transaction | null> {
  return transactionId === null ? null : await transactionById(context, { portfolioId, id: transactionId });
}
