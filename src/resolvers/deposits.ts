import type { Deposit } from '../domain/deposit.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import * as commands from '../workflows/index.ts';
import { byIdOrKey, type IdOrKey, rowPage } from './cash-requests.ts';
import { moneyMutation } from './commands.ts';
import type { RequestContext } from './context.ts';
import type { Connection, PageArguments } from './cursors.ts';

export const registerDeposit = moneyMutation('deposit', commands.registerDeposit);

/** Throws BadUserInputError unless exactly one of id and idempotencyKey is given. */
export async function depositByIdOrKey(context: RequestContext, by: IdOrKey): Promise<Deposit | null> {
  const found = await byIdOrKey(context, by, 'registerDeposit');
  return found?.type === 'Deposit' ? found.object : null;
}

/** Deposits of a portfolio, newest first. */
export async function depositsOf(
  context: RequestContext,
  portfolio: Portfolio,
  page: PageArguments,
): Promise<Connection<Deposit>> {
  const { store } = context.services.money;
  return await rowPage(context, `deposits ${portfolio.id}`, page, (after, limit) =>
    commands.listDeposits(store, portfolio.id, after, limit),
  );
}
