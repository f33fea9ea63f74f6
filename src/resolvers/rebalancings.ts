import type { Order } from '../domain/order/placed.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Rebalancing } from '../domain/rebalancing.ts';
import {
  executeOptimization as commandExecuteOptimization,
  type ExecuteOptimizationInput,
  listRebalancings,
  ordersWithIds,
} from '../workflows/index.ts';
import { rowPage, visibleCashRequest } from './cash-requests.ts';
import { callerOf, named } from './commands.ts';
import type { RequestContext } from './context.ts';
import type { Connection, PageArguments } from './cursors.ts';
import type { Result } from './results.ts';

export async function executeOptimization(
  context: RequestContext,
  input: ExecuteOptimizationInput,
): Promise<Result<{ readonly rebalancing: Rebalancing }>> {
  const result = await commandExecuteOptimization(context.services.rebalancing, callerOf(context), input);
  return named(context, 'rebalancing', result);
}

/** The rebalancing with this id; null where there is none that the viewer may see. */
export async function rebalancingById(context: RequestContext, id: string): Promise<Rebalancing | null> {
  const found = await visibleCashRequest(context, id);
  return found?.type === 'Rebalancing' ? found.object : null;
}

/** Rebalancings of a portfolio, newest first. */
export async function rebalancingsOf(
  context: RequestContext,
  portfolio: Portfolio,
  page: PageArguments,
): Promise<Connection<Rebalancing>> {
  const { store } = context.services.money;
  return await rowPage(context, `rebalancings ${portfolio.id}`, page, (after, limit) =>
    listRebalancings(store, portfolio.id, after, limit),
  );
}

/** The orders of a rebalancing in their current state, as they were begun. */
export async function ordersOfRebalancing(
  context: RequestContext,
  { orderIds }: Rebalancing,
): Promise<readonly Order[]> {
  const orders = await ordersWithIds(context.services.money.store, orderIds);
  return orders.map((order) => context.vouched.add(order));
}
