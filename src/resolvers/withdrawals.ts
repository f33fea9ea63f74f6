import type { Portfolio } from '../domain/portfolio.ts';
import type { Withdrawal } from '../domain/withdrawal.ts';
import {
  type CancelInput,
  cancelWithdrawal as commandCancelWithdrawal,
  requestWithdrawal as commandRequestWithdrawal,
  listWithdrawals,
  type RequestWithdrawalInput,
} from '../workflows/index.ts';
import { byIdOrKey, type IdOrKey, rowPage } from './cash-requests.ts';
import { callerOf, named } from './commands.ts';
import type { RequestContext } from './context.ts';
import type { Connection, PageArguments } from './cursors.ts';
import type { Result } from './results.ts';

export async function requestWithdrawal(
  context: RequestContext,
  input: RequestWithdrawalInput,
): Promise<Result<{ readonly withdrawal: Withdrawal }>> {
  return named(context, 'withdrawal', await commandRequestWithdrawal(context.services.money, callerOf(context), input));
}

export async function cancelWithdrawal(
  context: RequestContext,
  input: CancelInput,
): Promise<Result<{ readonly withdrawal: Withdrawal }>> {
  return named(context, 'withdrawal', await commandCancelWithdrawal(context.services.money, callerOf(context), input));
}

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
    listWithdrawals(store, portfolio.id, after, limit),
  );
}
