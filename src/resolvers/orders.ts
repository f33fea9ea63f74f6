import {
  recordOrder as commandRecordOrder,
  updateOrderStatus as commandUpdateOrderStatus,
  type RecordOrderInput,
  type UpdateOrderStatusInput,
} from '../workflows/index.ts';
import { callerOf } from './commands.ts';
import type { RequestContext } from './context.ts';
import type { Result } from './results.ts';
import { made, type TransactionMade, type TransactionMoved } from './transactions.ts';

export async function recordOrder(context: RequestContext, input: RecordOrderInput): Promise<Result<TransactionMade>> {
  return made(context, await commandRecordOrder(context.services.orders, callerOf(context), input));
}

export async function updateOrderStatus(
  context: RequestContext,
  input: UpdateOrderStatusInput,
): Promise<Result<TransactionMoved>> {
  return made(context, await commandUpdateOrderStatus(context.services.orders, callerOf(context), input));
}
