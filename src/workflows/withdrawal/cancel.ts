import { forbidden } from '../../domain/failures.ts';
import { hasScope } from '../../domain/viewer.ts';
import type { Withdrawal } from '../../domain/withdrawal.ts';
import type { Caller, CashServices, CommandResult } from '../accept.ts';
import { type CancelInput, cancel } from '../cash/cancel.ts';
import { WITHDRAWAL } from '../cash/rows.ts';
import { CANCEL_WITHDRAWAL } from './workflow.ts';

/**
 * Has a withdrawal cancelled, and waits for what becomes of it. Failures, in this order: Forbidden; InvalidInput (key);
 * IdempotencyKeyReused; NotFound; NotCancellable; UpstreamRefused with code OUTCOME_PENDING when it takes too long.
 */
export async function cancelWithdrawal(
  services: CashServices,
  caller: Caller,
  input: CancelInput,
): Promise<CommandResult<Withdrawal>> {
  if (!hasScope(caller.viewer, 'cash:withdraw')) return forbidden('Cancelling requires the scope cash:withdraw.');
  const result = await cancel(services, caller, input, { mutation: CANCEL_WITHDRAWAL, kind: WITHDRAWAL });
  if (result.kind !== 'success') return result;
  if (result.value.type !== 'Withdrawal') throw new TypeError(`a withdrawal was expected, not a ${result.value.type}`);
  return { ...result, value: result.value.object };
}
