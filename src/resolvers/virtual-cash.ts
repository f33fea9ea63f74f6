import type { VirtualCashMovement } from '../domain/virtual-cash.ts';
import {
  type CancelInput,
  cancelVirtualCashDecrease as commandCancelVirtualCashDecrease,
  decreaseVirtualCash as commandDecreaseVirtualCash,
  increaseVirtualCash as commandIncreaseVirtualCash,
  type VirtualCashInput,
} from '../workflows/index.ts';
import { callerOf, named } from './commands.ts';
import type { RequestContext } from './context.ts';
import type { Result } from './results.ts';

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
