import { BROKER_VIRTUAL_CASH_STATUSES, type BrokerVirtualCash } from '../../domain/broker-payments.ts';
import type { Decimal } from '../../domain/decimal.ts';
import type { AccountGroupId } from '../../domain/ids.ts';
import type { WriteOptions } from '../upstream/client.ts';
import { currency, oneOf, optionalTime, sameNames, text } from '../upstream/fields.ts';
import type { WriteOutcome } from '../upstream/outcome.ts';
import { accountGroupId, at, decimal } from './fields.ts';
import { amountText, checkedCurrency, otherMoneyThan, type UpvestWrites } from './writes.ts';

/*
 * Virtual cash can only be written: Upvest has no call to read or list it. Its state comes from webhooks and
 * by cash transactions that refer to it.
 */

/** Money to be declared, or no longer declared, available for trading. */
export interface VirtualCashRequest {
  readonly accountGroupId: AccountGroupId;
  /** Above 0, at most two decimals. */
  readonly amount: Decimal;
  readonly currency: string;
  /** UUID of version 1 to 5. */
  readonly idempotencyKey: string;
}

export const virtualCashWire = sameNames({
  id: text,
  account_group_id: accountGroupId,
  amount: decimal,
  currency,
  status: oneOf(BROKER_VIRTUAL_CASH_STATUSES, 'UNKNOWN'),
  created_at: optionalTime,
  updated_at: optionalTime,
});

/** Throws a TypeError on a request that Upvest would refuse for its form; nothing is sent then. */
export async function createVirtualCash(
  writes: UpvestWrites,
  kind: 'increase' | 'decrease',
  request: VirtualCashRequest,
  options?: WriteOptions,
): Promise<WriteOutcome<BrokerVirtualCash>> {
  const body = {
    account_group_id: request.accountGroupId,
    amount: amountText(request.amount),
    currency: checkedCurrency(request.currency),
  };
  const { idempotencyKey } = request;
  const call = { path: `/virtual_cash_balances/${kind}s`, operation: `upvest.virtualCash.${kind}` };
  return await writes.create(
    { ...call, idempotencyKey, body, schema: virtualCashWire, otherThan: otherMoneyThan(request) },
    options,
  );
}

/** Only ISSUED and QUEUED ones can be cancelled; 404 and 422 are refusals. */
export const cancelVirtualCashDecrease = (writes: UpvestWrites, id: string, options?: WriteOptions) =>
  writes.cancel(at`/virtual_cash_balances/decreases/${id}`, 'upvest.virtualCash.cancelDecrease', options);
