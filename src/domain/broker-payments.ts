import type { OrderSide } from './broker.ts';
import type { DateTime } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import type { AccountGroupId, BrokerageUserId } from './ids.ts';

/**
 * Payments and bookings as Upvest has them. `UNKNOWN` is a status that Upvest has added since, or none where it sent none.
 */
export const BROKER_WITHDRAWAL_STATUSES = ['NEW', 'PROCESSING', 'CONFIRMED', 'CANCELLED', 'UNKNOWN'] as const;
export type BrokerWithdrawalStatus = (typeof BROKER_WITHDRAWAL_STATUSES)[number];

/** Money on its way to the customer's bank. CONFIRMED is handed to the bank, and may still become CANCELLED. */
export interface BrokerWithdrawal {
  readonly id: string;
  readonly accountGroupId: AccountGroupId;
  readonly referenceAccountId: string | null;
  readonly amount: Decimal;
  readonly currency: string;
  readonly status: BrokerWithdrawalStatus;
  readonly cancellationReason: string | null;
  readonly createdAt: DateTime | null;
  readonly updatedAt: DateTime | null;
}

export const BROKER_VIRTUAL_CASH_STATUSES = ['ISSUED', 'QUEUED', 'CONFIRMED', 'CANCELLED', 'UNKNOWN'] as const;
export type BrokerVirtualCashStatus = (typeof BROKER_VIRTUAL_CASH_STATUSES)[number];

/** An increase or decrease of money that may be traded with before it has moved. An increase is never QUEUED or CANCELLED. */
export interface BrokerVirtualCash {
  readonly id: string;
  readonly accountGroupId: AccountGroupId;
  readonly amount: Decimal;
  readonly currency: string;
  readonly status: BrokerVirtualCashStatus;
  readonly createdAt: DateTime | null;
  readonly updatedAt: DateTime | null;
}

/** One line of the broker's cash ledger; the references say what made it (WITHDRAWAL, VIRTUAL_CASH_INCREASE, …). */
export interface CashTransaction {
  readonly id: string;
  /** Upvest's own word, kept as it is: WITHDRAWAL, WITHDRAWAL_CANCELLATION, ORDER_EXECUTION, … */
  readonly type: string;
  readonly accountGroupId: AccountGroupId;
  /** Signed: negative left the account. */
  readonly amount: Decimal;
  readonly currency: string;
  readonly references: readonly { readonly id: string; readonly type: string }[];
  /** As Upvest wrote it: a time or a date. */
  readonly bookingDate: string | null;
  readonly createdAt: DateTime | null;
}

export const BROKER_EXECUTION_STATUSES = ['FILLED', 'SETTLED', 'CANCELLED', 'UNKNOWN'] as const;
export type BrokerExecutionStatus = (typeof BROKER_EXECUTION_STATUSES)[number];

/** A trade that an order led to. CANCELLED is a mistrade that was taken back. */
export interface BrokerExecution {
  readonly id: string;
  readonly orderId: string | null;
  readonly status: BrokerExecutionStatus;
  readonly side: OrderSide | null;
  readonly currency: string | null;
  readonly cashAmount: Decimal | null;
  readonly quantity: Decimal | null;
  readonly price: Decimal | null;
  readonly transactionTime: DateTime | null;
  /** YYYY-MM-DD. */
  readonly settlementDate: string | null;
  readonly taxes: readonly { readonly type: string; readonly amount: Decimal }[];
}

export const ACCOUNT_GROUP_STATUSES = ['PENDING_APPROVAL', 'ACTIVE', 'CLOSING', 'CLOSED', 'LOCKED', 'UNKNOWN'] as const;
export type AccountGroupStatus = (typeof ACCOUNT_GROUP_STATUSES)[number];

/** Where the cash of one portfolio lives, and whose it is. */
export interface AccountGroup {
  readonly id: AccountGroupId;
  readonly status: AccountGroupStatus;
  readonly userIds: readonly BrokerageUserId[];
}
