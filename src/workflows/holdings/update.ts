import { z } from 'zod';
import { rebalancingInProgress } from '../../domain/failures.ts';
import { checkHoldings } from '../../domain/holdings.ts';
import { parsePortfolioId } from '../../domain/ids.ts';
import type { Holding, Portfolio } from '../../domain/portfolio.ts';
import { beginLock, lockInTransaction, type Writing } from '../../store/index.ts';
import type { Caller, CommandResult } from '../accept.ts';
import {
  canonicalDecimal,
  type Ended,
  findPortfolio,
  NO_PORTFOLIO,
  type OrderServices,
  onlyOperators,
  runOnce,
  work,
} from '../order/run.ts';
import { isTrading } from '../rebalancing/open.ts';
import { HOLDINGS_CHANGE, type HoldingsChangeInput } from './change.ts';

export interface UpdateHoldingsInput {
  readonly portfolioId: string;
  readonly holdings: readonly Holding[];
  /** The lines are the whole portfolio: what is left out counts as sold. */
  readonly replaceAll?: boolean | null | undefined;
  readonly idempotencyKey: string;
}

/**
 * Sets some or all holdings of a portfolio and waits for InvestSuite's answer. Failures, in this order: Forbidden;
 * InvalidInput (key); IdempotencyKeyReused; InvalidInput; NotFound; RebalancingInProgress; UpstreamRefused with code
 * UPSTREAM_REFUSED or OUTCOME_PENDING. Returns the current portfolio, so it throws an UpstreamError where the update is done and
 * InvestSuite is unavailable since: the same key returns it later.
 */
export async function updateHoldings(
  services: OrderServices,
  caller: Caller,
  input: UpdateHoldingsInput,
): Promise<CommandResult<Ended<Portfolio>>> {
  const no = onlyOperators(caller, 'Updating holdings');
  if (no !== undefined) return no;
  const { portfolioId, holdings, idempotencyKey } = input;
  const replaceAll = input.replaceAll ?? false;
  const request = {
    mutation: 'updateHoldings',
    idempotencyKey,
    input: { portfolioId, replaceAll, holdings: holdings.map(canonicalLine) },
  };
  const check = async () => {
    const wrong = checkHoldings(holdings);
    if (wrong !== undefined) return wrong;
    const portfolio = await findPortfolio(services, caller, portfolioId);
    if (portfolio === undefined) return NO_PORTFOLIO;
    if (await services.store.read((reading) => isTrading(reading, portfolio.id))) return rebalancingInProgress;
    const asked: HoldingsChangeInput = { holdings, replaceAll };
    const row = work(portfolio, { kind: HOLDINGS_CHANGE, idPrefix: 'hol_', firstStep: 'write', input: asked });
    return {
      ...row,
      stillHolds: async (writing: Writing) => {
        await lockInTransaction(writing, beginLock(portfolio.id));
        return !(await isTrading(writing, portfolio.id));
      },
    };
  };
  const result = await runOnce(services, caller, request, { check, value: z.null() });
  if (result.kind !== 'success') return result;
  const id = parsePortfolioId(portfolioId);
  const portfolio = id === undefined ? null : await services.investSuite.portfolioFresh(id);
  if (portfolio === null) return NO_PORTFOLIO;
  return { ...result, value: { value: portfolio, warnings: result.value.warnings } };
}

const canonicalLine = ({ instrumentId, quantity }: Holding) => ({
  instrumentId,
  quantity: canonicalDecimal(quantity),
});
