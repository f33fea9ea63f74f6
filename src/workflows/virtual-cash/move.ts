import { type Failure, forbidden } from '../../domain/failures.ts';
import { isOperator } from '../../domain/viewer.ts';
import type { VirtualCashDirection, VirtualCashMovement } from '../../domain/virtual-cash.ts';
import { acceptOnce, type Caller, type CashServices, type CommandResult, type NewCashRequest } from '../accept.ts';
import { type CashInput, canonicalAmount, checkCashInput, checkFundable } from '../cash/check.ts';
import { VIRTUAL_CASH_DECREASE, VIRTUAL_CASH_INCREASE } from '../cash/rows.ts';

export interface VirtualCashInput extends CashInput {
  readonly idempotencyKey: string;
}

/** Takes a movement in either direction on. */
export async function moveVirtualCash(
  services: CashServices,
  caller: Caller,
  input: VirtualCashInput,
  direction: VirtualCashDirection,
): Promise<CommandResult<VirtualCashMovement>> {
  if (!isOperator(caller.viewer)) return forbidden('Moving virtual cash requires the scope operator.');
  const { portfolioId, currency, amount, idempotencyKey } = input;
  const request = {
    mutation: direction === 'INCREASE' ? 'increaseVirtualCash' : 'decreaseVirtualCash',
    idempotencyKey,
    input: { portfolioId, amount: canonicalAmount(amount), currency },
  };
  const result = await acceptOnce(services, caller, request, () => check(services, caller, input, direction));
  if (result.kind !== 'success') return result;
  if (result.value.type !== 'VirtualCashMovement') {
    throw new TypeError(`a movement of virtual cash was expected, not a ${result.value.type}`);
  }
  return { ...result, value: result.value.object };
}

async function check(
  services: CashServices,
  caller: Caller,
  input: VirtualCashInput,
  direction: VirtualCashDirection,
): Promise<NewCashRequest | Failure> {
  const wrong = checkCashInput(input);
  if (wrong !== undefined) return wrong;
  const found = await checkFundable(services, caller, input);
  if (found.kind !== 'fundable') return found;
  return {
    kind: direction === 'INCREASE' ? VIRTUAL_CASH_INCREASE : VIRTUAL_CASH_DECREASE,
    idPrefix: 'vcm_',
    portfolioId: found.portfolio.id,
    accountGroupId: found.link.accountGroupId,
    amount: input.amount,
    currency: input.currency,
    firstStep: 'issue',
    input: {},
  };
}
