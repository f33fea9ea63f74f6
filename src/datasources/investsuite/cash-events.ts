import { isPositive } from '../../domain/decimal.ts';
import { BadUserInputError } from '../../errors.ts';
import type { WriteOptions } from '../upstream/client.ts';
import type { WriteOutcome } from '../upstream/outcome.ts';
import type { InvestSuiteCalls } from './calls.ts';
import type { CashEvent } from './investsuite.ts';

/**
 * Reports a deposit or a withdrawal to InvestSuite: `POST /events/deposit/` and `/events/withdraw/`. Its effect depends
 * on the tenant; the answer is not documented, so any 2xx is an acceptance. The key is sent as documented, in double
 * quotes.
 */
export async function sendCashEvent(
  calls: InvestSuiteCalls,
  direction: 'deposit' | 'withdraw',
  event: CashEvent,
  options?: WriteOptions,
): Promise<WriteOutcome<null>> {
  const { portfolioId, amount, currency, idempotencyKey } = event;
  if (!isPositive(amount)) throw new BadUserInputError('The amount must be more than 0.');
  if (!/^[A-Z]{3}$/.test(currency)) throw new BadUserInputError('The currency must be an ISO 4217 code.');
  if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(idempotencyKey)) {
    throw new BadUserInputError('The idempotency key must be 1 to 255 plain characters.');
  }
  const request = {
    method: 'POST',
    path: `/events/${direction}/`,
    operation: `investsuite.events.${direction}`,
    headers: { 'idempotency-key': `"${idempotencyKey}"` },
    body: { data: { amount, currency, portfolio: portfolioId } },
  } as const;
  return await calls.write(request, () => null, options);
}
