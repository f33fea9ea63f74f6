import { wholeOf } from '../domain/listing.ts';
import { allHoldings, type Portfolio } from '../domain/portfolio.ts';
import { type Reconciliation, reconcile } from '../domain/reconciliation.ts';
import { cashBalancesOf, positionsOf } from './brokerage.ts';
import type { RequestContext } from './context.ts';

/**
 * Differences between InvestSuite and the broker; null while the portfolio is not linked. Throws
 * UpstreamRowUnreadableError where rows of either side could not be read.
 */
export async function reconciliationOf(context: RequestContext, portfolio: Portfolio): Promise<Reconciliation | null> {
  const [cashBalances, positions] = await Promise.all([
    cashBalancesOf(context, portfolio),
    positionsOf(context, portfolio),
  ]);
  if (cashBalances === null || positions === null) return null;
  return reconcile(allHoldings(portfolio), { cashBalances: wholeOf(cashBalances), positions: wholeOf(positions) });
}
