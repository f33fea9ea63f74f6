import type { Portfolio } from '../domain/portfolio.ts';
import { type Reconciliation, reconcile } from '../domain/reconciliation.ts';
import { cashBalancesOf, positionsOf } from './brokerage.ts';
import type { RequestContext } from './context.ts';

/** Where InvestSuite and the broker differ; null while the portfolio is not linked. */
export async function reconciliationOf(context: RequestContext, portfolio: Portfolio): Promise<Reconciliation | null> {
  const [cashBalances, positions] = await Promise.all([
    cashBalancesOf(context, portfolio),
    positionsOf(context, portfolio),
  ]);
  if (cashBalances === null || positions === null) return null;
  return reconcile(portfolio.holdings, { cashBalances, positions });
}
