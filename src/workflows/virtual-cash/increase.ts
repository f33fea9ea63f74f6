import type { VirtualCashMovement } from '../../domain/virtual-cash.ts';
import type { Caller, CashServices, CommandResult } from '../accept.ts';
import { moveVirtualCash, type VirtualCashInput } from './move.ts';

/** Takes an increase on. Failures and their order as for `registerDeposit`. */
export const increaseVirtualCash = (
  services: CashServices,
  caller: Caller,
  input: VirtualCashInput,
): Promise<CommandResult<VirtualCashMovement>> => moveVirtualCash(services, caller, input, 'INCREASE');
