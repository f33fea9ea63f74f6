import { epochNanoseconds } from '../domain/datetime.ts';
import type { Deposit } from '../domain/deposit.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import { callerOf } from '../domain/viewer.ts';
import type { VirtualCashMovement } from '../domain/virtual-cash.ts';
import type { Withdrawal } from '../domain/withdrawal.ts';
import { BadUserInputError } from '../errors.ts';
import type { RequestContext } from './context.ts';
import { type Connection, connection, type PageArguments, pageSize } from './cursors.ts';
import type { CancelInput, MoneyInput, MoneyPage, Reviewable, WithdrawalInput } from './money-service.ts';
import { portfolioById } from './portfolios.ts';
import type { Result } from './results.ts';

/** Marks what a mutation answers as seen by its caller: the workflow has checked that it is theirs. */
function vouch<T extends object>(context: RequestContext, result: Result<T>): Result<T> {
  if (result.kind !== 'success') return result;
  for (const part of Object.values(result)) if (typeof part === 'object' && part !== null) context.vouched.add(part);
  return result;
}

export async function registerDeposit(
  context: RequestContext,
  input: MoneyInput,
): Promise<Result<{ readonly deposit: Deposit }>> {
  return vouch(context, await context.services.money.registerDeposit(context, input));
}

export async function requestWithdrawal(
  context: RequestContext,
  input: WithdrawalInput,
): Promise<Result<{ readonly withdrawal: Withdrawal }>> {
  return vouch(context, await context.services.money.requestWithdrawal(context, input));
}

export async function cancelWithdrawal(
  context: RequestContext,
  input: CancelInput,
): Promise<Result<{ readonly withdrawal: Withdrawal }>> {
  return vouch(context, await context.services.money.cancelWithdrawal(context, input));
}

type VirtualCashResult = Result<{ readonly virtualCashMovement: VirtualCashMovement }>;

export async function increaseVirtualCash(context: RequestContext, input: MoneyInput): Promise<VirtualCashResult> {
  return vouch(context, await context.services.money.increaseVirtualCash(context, input));
}

export async function decreaseVirtualCash(context: RequestContext, input: MoneyInput): Promise<VirtualCashResult> {
  return vouch(context, await context.services.money.decreaseVirtualCash(context, input));
}

export async function cancelVirtualCashDecrease(
  context: RequestContext,
  input: CancelInput,
): Promise<VirtualCashResult> {
  return vouch(context, await context.services.money.cancelVirtualCashDecrease(context, input));
}

/** A deposit, withdrawal or movement of virtual cash by its id; null where its portfolio is not the viewer's. */
export async function moneyById(context: RequestContext, id: string): Promise<Reviewable | null> {
  return await visible(context, await context.services.money.byId(id));
}

interface IdOrKey {
  readonly id?: string | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

export async function depositByIdOrKey(context: RequestContext, by: IdOrKey): Promise<Deposit | null> {
  const found = await byIdOrKey(context, by);
  return found !== null && 'virtualCashIncreaseId' in found ? found : null;
}

export async function withdrawalByIdOrKey(context: RequestContext, by: IdOrKey): Promise<Withdrawal | null> {
  const found = await byIdOrKey(context, by);
  return found !== null && 'upvestWithdrawalId' in found ? found : null;
}

async function byIdOrKey(context: RequestContext, { id, idempotencyKey }: IdOrKey): Promise<Reviewable | null> {
  if ((id == null) === (idempotencyKey == null)) throw new BadUserInputError('Give id or idempotencyKey, one of them.');
  if (id != null) return await moneyById(context, id);
  return await visible(context, await context.services.money.byKey(callerOf(context.viewer), idempotencyKey ?? ''));
}

async function visible(context: RequestContext, found: Reviewable | null): Promise<Reviewable | null> {
  if (found === null) return null;
  const portfolio = await portfolioById(context, found.portfolioId);
  return portfolio === null ? null : context.vouched.add(found);
}

/** Deposits of a portfolio, newest first. */
export async function depositsOf(
  context: RequestContext,
  portfolio: Portfolio,
  page: PageArguments,
): Promise<Connection<Deposit>> {
  return await moneyPage(context, `deposits ${portfolio.id}`, page, ({ limit, after }) =>
    context.services.money.deposits({ portfolioId: portfolio.id, limit, after }),
  );
}

/** Withdrawals of a portfolio, newest first. */
export async function withdrawalsOf(
  context: RequestContext,
  portfolio: Portfolio,
  page: PageArguments,
): Promise<Connection<Withdrawal>> {
  return await moneyPage(context, `withdrawals ${portfolio.id}`, page, ({ limit, after }) =>
    context.services.money.withdrawals({ portfolioId: portfolio.id, limit, after }),
  );
}

/** A page of rows that the store orders by creation time and id. */
export async function moneyPage<T extends Reviewable>(
  context: RequestContext,
  list: string,
  page: PageArguments,
  read: (place: Omit<MoneyPage, 'portfolioId'>) => Promise<readonly T[]>,
): Promise<Connection<T>> {
  const size = pageSize(page.first);
  const { cursors } = context.services;
  const rows = await read({
    limit: size + 1,
    after: page.after == null ? null : placeOf(cursors.decode(list, page.after)),
  });
  const edges = rows.slice(0, size).map((node) => ({
    node: context.vouched.add(node),
    cursor: cursors.encode(list, [String(epochNanoseconds(node.createdAt) / 1_000_000n), node.id]),
  }));
  return connection(edges, { before: page.after != null, after: rows.length > size });
}

function placeOf(value: unknown): readonly [string, string] {
  if (Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string') return [value[0], value[1]];
  throw new BadUserInputError('after is not a cursor of this list.');
}
