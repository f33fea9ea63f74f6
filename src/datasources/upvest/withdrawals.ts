import { BROKER_WITHDRAWAL_STATUSES, type BrokerWithdrawal } from '../../domain/broker-payments.ts';
import type { Decimal } from '../../domain/decimal.ts';
import type { AccountGroupId, BrokerageUserId } from '../../domain/ids.ts';
import type { WriteOptions } from '../upstream/client.ts';
import { currency, oneOf, optionalText, optionalTime, sameNames, text } from '../upstream/fields.ts';
import type { WriteOutcome } from '../upstream/outcome.ts';
import { accountGroupId, at, decimal } from './fields.ts';
import type { UpvestReads } from './reads.ts';
import { taxes, taxesOf } from './taxes.ts';
import { amountText, checkedCurrency, otherMoneyThan, type UpvestWrites } from './writes.ts';

export const withdrawalWire = sameNames({
  id: text,
  account_group_id: accountGroupId,
  reference_account_id: optionalText,
  amount: decimal,
  currency,
  status: oneOf(BROKER_WITHDRAWAL_STATUSES, 'UNKNOWN'),
  cancellation_reason: optionalText,
  taxes,
  created_at: optionalTime,
  updated_at: optionalTime,
}).transform((row): BrokerWithdrawal => ({ ...row, taxes: taxesOf(row.taxes, row.currency) }));

/** A payment to the customer's bank. The same key with the same request is the same payment, for at least 24 hours. */
export interface WithdrawalRequest {
  readonly accountGroupId: AccountGroupId;
  /** Sent where it is known: older versions of the API demand it, newer ones ignore it. */
  readonly brokerageUserId: BrokerageUserId | null;
  readonly referenceAccountId: string;
  /** Above 0, at most two decimals. */
  readonly amount: Decimal;
  readonly currency: string;
  /** See {@link isRemittanceInformation}; left out where null or empty. */
  readonly remittanceInformation: string | null;
  /** UUID of version 1 to 5. */
  readonly idempotencyKey: string;
}

/** Without the underscore, which version 1.9.0 of the API did not take. */
const REMITTANCE_INFORMATION = /^[0-9A-Za-z+?/\-:().,'; ]{0,140}$/;

/** Whether a text can travel with a payment: at most 140 letters without accents, digits, spaces and + ? / - : ( ) . , ' ; */
export const isRemittanceInformation = (text: string): boolean => REMITTANCE_INFORMATION.test(text);

/** A withdrawal; null where Upvest knows no such one. */
export const withdrawalById = (reads: UpvestReads) =>
  reads.one({ operation: 'upvest.withdrawals.get', path: pathOf, schema: withdrawalWire });

/** All of a group, oldest first; null where Upvest knows no such group. */
export const withdrawalsOfGroup = (reads: UpvestReads) =>
  reads.list({
    resource: 'withdrawal',
    operation: 'upvest.withdrawals.list',
    path: (group: AccountGroupId) => at`/account_groups/${group}/payments/withdrawals`,
    schema: withdrawalWire,
    keyOf: (withdrawal) => withdrawal.id,
  });

/** Throws a TypeError on a request that Upvest would refuse for its form; nothing is sent then. */
export async function createWithdrawal(
  writes: UpvestWrites,
  request: WithdrawalRequest,
  options?: WriteOptions,
): Promise<WriteOutcome<BrokerWithdrawal>> {
  const remittance = request.remittanceInformation ?? '';
  if (!isRemittanceInformation(remittance)) throw new TypeError('the remittance information has forbidden characters');
  const body = {
    reference_account_id: request.referenceAccountId,
    account_group_id: request.accountGroupId,
    user_id: request.brokerageUserId ?? undefined,
    amount: amountText(request.amount),
    currency: checkedCurrency(request.currency),
    remittance_information: remittance === '' ? undefined : remittance,
  };
  const { idempotencyKey } = request;
  const call = { path: '/payments/withdrawals', operation: 'upvest.withdrawals.create' };
  return await writes.create(
    { ...call, idempotencyKey, body, schema: withdrawalWire, otherThan: otherMoneyThan(request) },
    options,
  );
}

/** Only NEW ones can be cancelled; 404 and 422 are refusals, after which the state should be read. */
export const cancelWithdrawal = (writes: UpvestWrites, id: string, options?: WriteOptions) =>
  writes.cancel(pathOf(id), 'upvest.withdrawals.cancel', options);

const pathOf = (id: string): string => at`/payments/withdrawals/${id}`;
