import type { Deposit } from '../../domain/deposit.ts';
import { forbidden } from '../../domain/failures.ts';
import { isOperator } from '../../domain/viewer.ts';
import { acceptOnce, type Caller, type CashServices, type CommandResult } from '../accept.ts';
import { type CashInput, canonicalAmount, checkCashInput, checkFundable } from '../cash/check.ts';
import { DEPOSIT, type DepositInput } from '../cash/rows.ts';
import { firstDepositStep } from './decisions.ts';

export interface RegisterDepositInput extends CashInput {
  readonly idempotencyKey: string;
}

/**
 * Takes a deposit on. Failures, in this order: Forbidden; InvalidInput (key); IdempotencyKeyReused; InvalidInput (amount,
 * currency); NotFound; PortfolioNotFundable; InvalidInput (another currency). Throws an UpstreamError where InvestSuite
 * can't be asked; nothing is recorded then.
 */
export async function registerDeposit(
  services: CashServices,
  caller: Caller,
  input: RegisterDepositInput,
): Promise<CommandResult<Deposit>> {
  if (!isOperator(caller.viewer)) return forbidden('Registering deposits requires the scope operator.');
  const { portfolioId, currency, amount, idempotencyKey } = input;
  const canonical = { portfolioId, amount: canonicalAmount(amount), currency };
  const request = { mutation: 'registerDeposit', idempotencyKey, input: canonical };
  const result = await acceptOnce(services, caller, request, async () => {
    const wrong = checkCashInput(input);
    if (wrong !== undefined) return wrong;
    const found = await checkFundable(services, caller, input);
    if (found.kind !== 'fundable') return found;
    const { booking, funding } = services.settings;
    const accepted: DepositInput = { booking, funding };
    return {
      kind: DEPOSIT,
      idPrefix: 'dep_',
      portfolioId: found.portfolio.id,
      accountGroupId: found.link.accountGroupId,
      amount,
      currency,
      firstStep: firstDepositStep(accepted),
      input: accepted,
    };
  });
  if (result.kind !== 'success') return result;
  if (result.value.type !== 'Deposit') throw new TypeError(`a deposit was expected, not a ${result.value.type}`);
  return { ...result, value: result.value.object };
}
