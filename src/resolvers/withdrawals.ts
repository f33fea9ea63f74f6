import type { Portfolio } from '../domain/portfolio.ts';
import type { Withdrawal } from '../domain/withdrawal.ts';
import * as commands from '../workflows/index.ts';
import { byIdOrKey, type IdOrKey, rowPage } from './cash-requests.ts';
import { moneyMutation } from './commands.ts';
import type { RequestContext } from './context.ts';
import type { Connection, PageArguments } from './cursors.ts';

export const requestWithdrawal = moneyMutation('withdrawal', commands.requestWithdrawal);
export const cancelWithdrawal = moneyMutation('withdrawal', commands.cancelWithdrawal);

/** Throws BadUserInputError unless exactly one of id and idempotencyKey is given. */
export async function withdrawalByIdOrKey(context: RequestContext, by: IdOrKey): Promise<Withdrawal | null> {
  const found = await byIdOrKey(context, by, 'requestWithdrawal');
  return found?.type === 'Withdrawal' ? found.object : null;
}

/** Withdrawals of a portfolio, newest first. */
export async function withdrawalsOf(
  context: RequestContext,
  portfolio: Portfolio,
  page: PageArguments,
): Promise<Connection<Withdrawal>> {
  const { store } = context.services.money;
  return await rowPage(context, `withdrawals ${portfolio.id}`, page, (after, limit) =>
    commands.listWithdrawals(store, portfolio.id, after, limit),
  );
}
