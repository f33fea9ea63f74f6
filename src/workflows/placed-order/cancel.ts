import { forbidden } from '../../domain/failures.ts';
import type { Order } from '../../domain/order/placed.ts';
import { hasScope } from '../../domain/viewer.ts';
import type { Caller, CashServices, CommandResult } from '../accept.ts';
import { type CancelInput, cancel } from '../cash/cancel.ts';
import { ORDER } from '../cash/rows.ts';
import { CANCEL_ORDER } from './workflow.ts';

/**
 * Has an order cancelled, and waits for what becomes of it. Failures, in this order: Forbidden; InvalidInput (key);
 * IdempotencyKeyReused; NotFound; NotCancellable; UpstreamRefused with code OUTCOME_PENDING when it takes too long.
 */
export async function cancelOrder(
  services: CashServices,
  caller: Caller,
  input: CancelInput,
): Promise<CommandResult<Order>> {
  if (!hasScope(caller.viewer, 'orders:place'))
    return forbidden('Cancelling an order requires the scope orders:place.');
  const result = await cancel(services, caller, input, { mutation: CANCEL_ORDER, kind: ORDER });
  if (result.kind !== 'success') return result;
  if (result.value.type !== 'Order') throw new TypeError(`an order was expected, not a ${result.value.type}`);
  return { ...result, value: result.value.object };
}
