import type { PortfolioId } from '../../domain/ids.ts';
import { openWorkflows, type Reading } from '../../store/index.ts';

/**
 * Whether a rebalancing of the portfolio is trading: until its orders have ended nobody else writes the portfolio's holdings, which say
 * what it had before (docs/orders.md, "Holdings meanwhile").
 */
export async function isTrading(reading: Reading, portfolioId: PortfolioId): Promise<boolean> {
  const open = await openWorkflows(reading, portfolioId, ['rebalancing']);
  return open.some(({ state, step }) => (state === 'SELLING' || state === 'BUYING') && step !== 'holdings');
}

/** Whether there is a rebalancing of the portfolio that has not ended, besides the one of this id. */
export async function isAnotherOpen(reading: Reading, portfolioId: PortfolioId, id: string): Promise<boolean> {
  const open = await openWorkflows(reading, portfolioId, ['rebalancing']);
  return open.some((row) => row.id !== id);
}
