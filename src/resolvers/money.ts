import type { Deposit } from '../domain/deposit.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import { isOperator } from '../domain/viewer.ts';
import type { VirtualCashMovement } from '../domain/virtual-cash.ts';
import type { Withdrawal } from '../domain/withdrawal.ts';
import { BadUserInputError } from '../errors.ts';
import {
  type Caller,
  type CancelInput,
  type CommandResult,
  callerKeyOf,
  cancelVirtualCashDecrease as commandCancelVirtualCashDecrease,
  cancelWithdrawal as commandCancelWithdrawal,
  decreaseVirtualCash as commandDecreaseVirtualCash,
  increaseVirtualCash as commandIncreaseVirtualCash,
  registerDeposit as commandRegisterDeposit,
  requestWithdrawal as commandRequestWithdrawal,
  findMoney,
  findMoneyByKey,
  listDeposits,
  listWithdrawals,
  type MoneyObject,
  type RegisterDepositInput,
  type RequestWithdrawalInput,
  type VirtualCashInput,
} from '../workflows/index.ts';
import { owns, requireScope } from './access.ts';
import type { RequestContext } from './context.ts';
import { type Connection, connection, cursorOf, type PageArguments, pageSize } from './cursors.ts';
import { notThere, portfolioById } from './portfolios.ts';
import type { Result, Success } from './results.ts';

/** The viewer as the commands want to know them; which scope a command needs, it says itself. */
export const callerOf = ({ viewer }: RequestContext): Caller => ({
  viewer,
  maySee: (portfolio) => isOperator(viewer) || owns(viewer, portfolio),
});

/** A command's answer as the graph names it; what it made is the caller's to see, the command has checked that. */
export function named<K extends string, V extends object>(
  context: RequestContext,
  name: K,
  result: CommandResult<V>,
): Result<Readonly<Record<K, V>>> {
  if (result.kind !== 'success') return result;
  const { value, replayed } = result;
  // An object of one computed key is what it says, which TypeScript does not follow.
  return { [name]: context.vouched.add(value), kind: 'success', replayed } as Success<Readonly<Record<K, V>>>;
}

export async function registerDeposit(
  context: RequestContext,
  input: RegisterDepositInput,
): Promise<Result<{ readonly deposit: Deposit }>> {
  return named(context, 'deposit', await commandRegisterDeposit(context.services.money, callerOf(context), input));
}

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

type VirtualCashResult = Result<{ readonly virtualCashMovement: VirtualCashMovement }>;

export async function increaseVirtualCash(
  context: RequestContext,
  input: VirtualCashInput,
): Promise<VirtualCashResult> {
  const result = await commandIncreaseVirtualCash(context.services.money, callerOf(context), input);
  return named(context, 'virtualCashMovement', result);
}

export async function decreaseVirtualCash(
  context: RequestContext,
  input: VirtualCashInput,
): Promise<VirtualCashResult> {
  const result = await commandDecreaseVirtualCash(context.services.money, callerOf(context), input);
  return named(context, 'virtualCashMovement', result);
}

export async function cancelVirtualCashDecrease(
  context: RequestContext,
  input: CancelInput,
): Promise<VirtualCashResult> {
  const result = await commandCancelVirtualCashDecrease(context.services.money, callerOf(context), input);
  return named(context, 'virtualCashMovement', result);
}

export type Money = MoneyObject['object'];

/** A deposit, withdrawal or movement of virtual cash by its id; null where its portfolio is not the viewer's. */
export async function moneyById(context: RequestContext, id: string): Promise<Money | null> {
  return (await visibleMoney(context, id))?.object ?? null;
}

/** As {@link moneyById}, with the type that it is of. */
export async function visibleMoney(context: RequestContext, id: string): Promise<MoneyObject | null> {
  return await visible(context, id, await findMoney(context.services.money.store, id));
}

interface IdOrKey {
  readonly id?: string | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

/** Throws BadUserInputError unless exactly one of id and idempotencyKey is given. */
export async function depositByIdOrKey(context: RequestContext, by: IdOrKey): Promise<Deposit | null> {
  const found = await byIdOrKey(context, by, 'registerDeposit');
  return found?.type === 'Deposit' ? found.object : null;
}

/** Throws BadUserInputError unless exactly one of id and idempotencyKey is given. */
export async function withdrawalByIdOrKey(context: RequestContext, by: IdOrKey): Promise<Withdrawal | null> {
  const found = await byIdOrKey(context, by, 'requestWithdrawal');
  return found?.type === 'Withdrawal' ? found.object : null;
}

async function byIdOrKey(
  context: RequestContext,
  { id, idempotencyKey }: IdOrKey,
  mutation: string,
): Promise<MoneyObject | null> {
  const { store } = context.services.money;
  if (id != null && idempotencyKey == null) return await visible(context, id, await findMoney(store, id));
  if (id != null || idempotencyKey == null) {
    throw new BadUserInputError('Give either id or idempotencyKey.');
  }
  // A caller's keys are the caller's own: there is nobody else's to be told from.
  requireScope(context.viewer, 'portfolios:read');
  const found = await findMoneyByKey(store, callerKeyOf(callerOf(context)), idempotencyKey, mutation);
  return found === undefined ? null : await visible(context, found.object.id, found);
}

async function visible(
  context: RequestContext,
  id: string,
  found: MoneyObject | undefined,
): Promise<MoneyObject | null> {
  if (found === undefined) return await notThere(context, id);
  const portfolio = await portfolioById(context, found.object.portfolioId);
  if (portfolio === null) return null;
  context.vouched.add(found.object);
  return found;
}

/** Deposits of a portfolio, newest first. */
export async function depositsOf(
  context: RequestContext,
  portfolio: Portfolio,
  page: PageArguments,
): Promise<Connection<Deposit>> {
  const { store } = context.services.money;
  return await rowPage(context, `deposits ${portfolio.id}`, page, (after, limit) =>
    listDeposits(store, portfolio.id, after, limit),
  );
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

/** A page of rows that the store keeps in order; a cursor is the id of the row it stands behind. */
export async function rowPage<T extends { readonly id: string }>(
  context: RequestContext,
  list: string,
  page: PageArguments,
  read: (after: { readonly id: string } | undefined, limit: number) => Promise<readonly T[]>,
): Promise<Connection<T>> {
  const size = pageSize(page.first);
  const { cursors } = context.services;
  const cursor = cursorOf(page.after);
  const place = cursor === null ? undefined : cursors.decode(list, cursor);
  if (place !== undefined && typeof place !== 'string')
    throw new BadUserInputError('after is not a cursor of this list.');
  const rows = await read(place === undefined ? undefined : { id: place }, size + 1);
  const edges = rows.slice(0, size).map((node) => ({
    node: context.vouched.add(node),
    cursor: cursors.encode(list, node.id),
  }));
  return connection(edges, { before: place !== undefined, after: rows.length > size });
}
