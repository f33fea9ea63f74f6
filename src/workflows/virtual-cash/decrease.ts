import type { VirtualCashMovement } from '../../domain/virtual-cash.ts';
import type { Caller, CashServices, CommandResult } from '../accept.ts';
import { moveVirtualCash, type VirtualCashInput } from './move.ts';

/** Takes a decrease on. Failures and their order as for `registerDeposit`. Too little money makes it wait at the broker. */
export const decreaseVirtualCash = (
  services: CashServices,
  caller: Caller,
  input: VirtualCashInput,
): Promise<CommandResult<VirtualCashMovement>> => moveVirtualCash(services, caller, input, 'DECREASE');
