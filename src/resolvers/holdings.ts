import type { Portfolio } from '../domain/portfolio.ts';
import { updateHoldings as commandUpdateHoldings, type UpdateHoldingsInput } from '../workflows/index.ts';
import { callerOf } from './commands.ts';
import type { RequestContext } from './context.ts';
import type { Result } from './results.ts';

export interface HoldingsUpdated {
  readonly portfolio: Portfolio;
  readonly warnings: readonly string[];
}

export async function updateHoldings(
  context: RequestContext,
  input: UpdateHoldingsInput,
): Promise<Result<HoldingsUpdated>> {
  const result = await commandUpdateHoldings(context.services.orders, callerOf(context), input);
  if (result.kind !== 'success') return result;
  const { value: portfolio, warnings } = result.value;
  return { kind: 'success', portfolio: context.vouched.add(portfolio), warnings, replayed: result.replayed };
}
