import { z } from 'zod';
import {
  BROKER_ORDER_STATUSES,
  type BrokerAccount,
  type BrokerOrder,
  type CashBalance,
  ORDER_SIDES,
  type Position,
  type ReferenceAccount,
} from '../../domain/broker.ts';
import {
  ACCOUNT_GROUP_STATUSES,
  type AccountGroup,
  BROKER_EXECUTION_STATUSES,
  BROKER_VIRTUAL_CASH_STATUSES,
  BROKER_WITHDRAWAL_STATUSES,
  type BrokerExecution,
  type BrokerVirtualCash,
  type BrokerWithdrawal,
  type CashTransaction,
} from '../../domain/broker-payments.ts';
import type { DateTime } from '../../domain/datetime.ts';
import { sum } from '../../domain/decimal.ts';
import type { BrokerageUserId } from '../../domain/ids.ts';
import {
  accountGroupId,
  accountId,
  brokerageUserId,
  currency,
  decimal,
  oneOf,
  optionalDecimal,
  optionalText,
  optionalTime,
  text,
} from './fields.ts';

/**
 * Upvest's resources (API reference, and its specification 1.9.0) and what they are to us. Unknown fields are ignored.
 */

/** An order with what only the synchronisation of orders needs. */
export interface BrokerOrderDetails extends BrokerOrder {
  readonly userId: BrokerageUserId | null;
  readonly updatedAt: DateTime | null;
  readonly fee: Decimal | null;
  readonly cancellationReason: string | null;
  readonly initiationFlow: string | null;
  readonly executions: readonly BrokerExecution[];
}

type Decimal = z.infer<typeof decimal>;

export const cashBalanceWire = z
  .object({
    account_group_id: accountGroupId,
    currency,
    balance: decimal,
    locked_for_trading: decimal,
    pending_settlement: decimal,
    available_for_withdrawal: decimal,
    available_for_trading: decimal,
  })
  .transform(
    (row): CashBalance => ({
      accountGroupId: row.account_group_id,
      currency: row.currency,
      balance: row.balance,
      lockedForTrading: row.locked_for_trading,
      pendingSettlement: row.pending_settlement,
      availableForWithdrawal: row.available_for_withdrawal,
      availableForTrading: row.available_for_trading,
    }),
  );

/** Users of an account or a group; a role other than owner is theirs too. */
const users = z
  .array(z.object({ id: brokerageUserId }))
  .nullish()
  .transform((rows) => (rows ?? []).map((row) => row.id));

export const accountGroupWire = z
  .object({ id: accountGroupId, status: oneOf(ACCOUNT_GROUP_STATUSES, 'UNKNOWN'), users })
  .transform((row): AccountGroup => ({ id: row.id, status: row.status, userIds: row.users }));

export const accountWire = z
  .object({ id: accountId, account_group_id: accountGroupId })
  .transform((row): BrokerAccount => ({ id: row.id, accountGroupId: row.account_group_id }));

export const positionWire = z
  .object({
    account_id: accountId,
    instrument: z.object({ isin: optionalText, uuid: optionalText }),
    quantity: decimal,
    locked_for_trading: decimal,
    pending_settlement: decimal,
    available_for_trading: decimal,
  })
  .transform(
    (row): Position => ({
      accountId: row.account_id,
      isin: row.instrument.isin,
      instrumentUuid: row.instrument.uuid,
      quantity: row.quantity,
      lockedForTrading: row.locked_for_trading,
      pendingSettlement: row.pending_settlement,
      availableForTrading: row.available_for_trading,
    }),
  );

export const executionWire = z
  .object({
    id: text,
    order_id: optionalText,
    status: oneOf(BROKER_EXECUTION_STATUSES, 'UNKNOWN'),
    side: oneOf(ORDER_SIDES, null),
    currency: optionalText,
    cash_amount: optionalDecimal,
    share_quantity: optionalDecimal,
    price: optionalDecimal,
    transaction_time: optionalTime,
    settlement_date: optionalText,
    taxes: z.array(z.object({ type: text, amount: decimal })).nullish(),
  })
  .transform(
    (row): BrokerExecution => ({
      id: row.id,
      orderId: row.order_id,
      status: row.status,
      side: row.side,
      currency: row.currency,
      cashAmount: row.cash_amount,
      quantity: row.share_quantity,
      price: row.price,
      transactionTime: row.transaction_time,
      settlementDate: row.settlement_date,
      taxes: row.taxes ?? [],
    }),
  );

export const orderWire = z
  .object({
    id: text,
    user_id: brokerageUserId.nullish(),
    account_id: accountId,
    side: oneOf(ORDER_SIDES, null),
    instrument_id: text,
    status: oneOf(BROKER_ORDER_STATUSES, 'UNKNOWN'),
    order_type: optionalText,
    quantity: optionalDecimal,
    cash_amount: optionalDecimal,
    currency: optionalText,
    limit_price: optionalDecimal,
    client_reference: optionalText,
    created_at: optionalTime,
    updated_at: optionalTime,
    fee: optionalDecimal,
    cancellation_reason: optionalText,
    initiation_flow: optionalText,
    executions: z.array(executionWire).nullish(),
  })
  .transform(
    (row): BrokerOrderDetails => ({
      id: row.id,
      userId: row.user_id ?? null,
      accountId: row.account_id,
      side: row.side,
      instrumentId: row.instrument_id,
      status: row.status,
      orderType: row.order_type,
      quantity: row.quantity,
      cashAmount: row.cash_amount,
      currency: row.currency,
      limitPrice: row.limit_price,
      clientReference: row.client_reference,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      fee: row.fee,
      cancellationReason: row.cancellation_reason,
      initiationFlow: row.initiation_flow,
      executions: row.executions ?? [],
    }),
  );

export const referenceAccountWire = z
  .object({ id: text, name: optionalText, account_owner: optionalText, iban: optionalText })
  .transform(
    (row): ReferenceAccount => ({
      id: row.id,
      name: row.name,
      owner: row.account_owner,
      iban: row.iban === null ? null : maskIban(row.iban),
    }),
  );

/**
 * Upvest's answers are documented as masked; a tenant that sees whole IBANs must not show them. First and last four
 * characters remain, as in Upvest's own mask.
 */
export function maskIban(iban: string): string {
  const compact = iban.replace(/\s+/g, '');
  if (compact.length <= 8) return '*'.repeat(compact.length);
  return compact.slice(0, 4) + '*'.repeat(compact.length - 8) + compact.slice(-4);
}

const withdrawalTax = z.object({ type: optionalText, amount: decimal, currency: optionalText });

/** A payment is followed whatever its taxes look like: what can't be read is as good as not said. */
const withdrawalTaxes = z
  .array(z.unknown())
  .nullish()
  .catch(null)
  .transform((rows) => (rows ?? []).map((row) => withdrawalTax.safeParse(row).data));

/**
 * The tax on a withdrawal: its `TOTAL`, else the sum of all types. Null where nothing is said, or where a part can't be
 * read or is in another currency.
 */
function taxesOf(rows: z.output<typeof withdrawalTaxes>, currencyOf: string): Decimal | null {
  const taxes = rows.filter((row) => row !== undefined && (row.currency ?? currencyOf) === currencyOf);
  const total = taxes.find((row) => row?.type === 'TOTAL');
  if (total !== undefined) return total.amount;
  if (rows.length === 0 || taxes.length < rows.length) return null;
  return sum(taxes.flatMap((row) => row?.amount ?? []));
}

export const withdrawalWire = z
  .object({
    id: text,
    account_group_id: accountGroupId,
    reference_account_id: optionalText,
    amount: decimal,
    currency,
    status: oneOf(BROKER_WITHDRAWAL_STATUSES, 'UNKNOWN'),
    cancellation_reason: optionalText,
    taxes: withdrawalTaxes,
    created_at: optionalTime,
    updated_at: optionalTime,
  })
  .transform(
    (row): BrokerWithdrawal => ({
      id: row.id,
      accountGroupId: row.account_group_id,
      referenceAccountId: row.reference_account_id,
      amount: row.amount,
      currency: row.currency,
      status: row.status,
      cancellationReason: row.cancellation_reason,
      taxes: taxesOf(row.taxes, row.currency),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }),
  );

export const virtualCashWire = z
  .object({
    id: text,
    account_group_id: accountGroupId,
    amount: decimal,
    currency,
    status: oneOf(BROKER_VIRTUAL_CASH_STATUSES, 'UNKNOWN'),
    created_at: optionalTime,
    updated_at: optionalTime,
  })
  .transform(
    (row): BrokerVirtualCash => ({
      id: row.id,
      accountGroupId: row.account_group_id,
      amount: row.amount,
      currency: row.currency,
      status: row.status,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }),
  );

export const cashTransactionWire = z
  .object({
    id: text,
    type: text,
    account_group_id: accountGroupId,
    delta: z.object({ amount: decimal, currency }),
    references: z.array(z.object({ id: text, type: text })).nullish(),
    booking_date: optionalText,
    created_at: optionalTime,
  })
  .transform(
    (row): CashTransaction => ({
      id: row.id,
      type: row.type,
      accountGroupId: row.account_group_id,
      amount: row.delta.amount,
      currency: row.delta.currency,
      references: row.references ?? [],
      bookingDate: row.booking_date,
      createdAt: row.created_at,
    }),
  );
