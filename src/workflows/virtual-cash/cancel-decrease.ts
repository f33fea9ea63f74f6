import { forbidden } from '../../domain/failures.ts';
import { isOperator } from '../../domain/viewer.ts';
import type { VirtualCashMovement } from '../../domain/virtual-cash.ts';
import type { Caller, CashServices, CommandResult } from '../accept.ts';
import { type CancelInput, cancel } from '../cash/cancel.ts';
import { VIRTUAL_CASH_DECREASE } from '../cash/rows.ts';
import { CANCEL_VIRTUAL_CASH_DECREASE } from './workflow.ts';

/** Has a decrease of virtual cash cancelled; as `cancelWithdrawal`. */
export async function cancelVirtualCashDecrease(
  services: CashServices,
  caller: Caller,
  input: CancelInput,
): Promise<CommandResult<VirtualCashMovement>> {
  if (!isOperator(caller.viewer)) return forbidden('Moving virtual cash requires the scope operator.');
  const what = { mutation: CANCEL_VIRTUAL_CASH_DECREASE, kind: VIRTUAL_CASH_DECREASE };
  const result = await cancel(services, caller, input, what);
  if (result.kind !== 'success') return result;
  if (result.value.type !== 'VirtualCashMovement') {
    throw new TypeError(`a movement of virtual cash was expected, not a ${result.value.type}`);
  }
  return { ...result, value: result.value.object };
}
