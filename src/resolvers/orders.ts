import type { Portfolio } from '../domain/portfolio.ts';
import type { Transaction } from '../domain/transaction.ts';
import {
  type CommandResult,
  placeOrder as commandPlaceOrder,
  recordTransaction as commandRecordTransaction,
  updateHoldings as commandUpdateHoldings,
  updateOrderStatus as commandUpdateOrderStatus,
  type Ended,
  type PlaceOrderInput,
  type RecordTransactionInput,
  type UpdateHoldingsInput,
  type UpdateOrderStatusInput,
} from '../workflows/index.ts';
import type { RequestContext } from './context.ts';
import { callerOf } from './money.ts';
import type { Result } from './results.ts';

export interface TransactionMade {
  readonly transaction: Transaction;
}
export interface TransactionMoved extends TransactionMade {
  readonly warnings: readonly string[];
}
export interface HoldingsUpdated {
  readonly portfolio: Portfolio;
  readonly warnings: readonly string[];
}

export async function recordTransaction(
  context: RequestContext,
  input: RecordTransactionInput,
): Promise<Result<TransactionMade>> {
  return made(context, await commandRecordTransaction(context.services.orders, callerOf(context), input));
}

export async function placeOrder(context: RequestContext, input: PlaceOrderInput): Promise<Result<TransactionMade>> {
  return made(context, await commandPlaceOrder(context.services.orders, callerOf(context), input));
}

export async function updateOrderStatus(
  context: RequestContext,
  input: UpdateOrderStatusInput,
): Promise<Result<TransactionMoved>> {
  return made(context, await commandUpdateOrderStatus(context.services.orders, callerOf(context), input));
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

/** The command has checked that the portfolio is the caller's to see. A transaction that was written is known by its id. */
function made(context: RequestContext, result: CommandResult<Ended<Transaction>>): Result<TransactionMoved> {
  if (result.kind !== 'success') return result;
  const { value: transaction, warnings } = result.value;
  context.services.transactionIndex.remember([transaction]);
  return { kind: 'success', transaction: context.vouched.add(transaction), warnings, replayed: result.replayed };
}
