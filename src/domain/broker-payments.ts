import type { OrderSide } from './broker.ts';
import type { DateTime } from './datetime.ts';
import { type Decimal, equals } from './decimal.ts';
import type { AccountGroupId, BrokerageUserId } from './ids.ts';

/** Payments and bookings at Upvest. `UNKNOWN`: a status that Upvest has added since, or none. */
export const BROKER_WITHDRAWAL_STATUSES = ['NEW', 'PROCESSING', 'CONFIRMED', 'CANCELLED', 'UNKNOWN'] as const;
export type BrokerWithdrawalStatus = (typeof BROKER_WITHDRAWAL_STATUSES)[number];

export interface MoneyOfGroup {
  readonly accountGroupId: AccountGroupId;
  readonly amount: Decimal;
  readonly currency: string;
}

/** Id and money of a payment or a virtual cash movement at Upvest. */
export interface BrokerMoney extends MoneyOfGroup {
  /** Upvest's id. */
  readonly id: string;
}

/** Compares ids without regard to case. */
export const isSameMoney = (a: MoneyOfGroup, b: MoneyOfGroup): boolean =>
  a.accountGroupId.toLowerCase() === b.accountGroupId.toLowerCase() &&
  a.currency === b.currency &&
  equals(a.amount, b.amount);

/** A payment to the customer's bank. CONFIRMED: handed to the bank; it may still become CANCELLED. */
export interface BrokerWithdrawal {
  readonly id: string;
  readonly accountGroupId: AccountGroupId;
  readonly referenceAccountId: string | null;
  readonly amount: Decimal;
  readonly currency: string;
  readonly status: BrokerWithdrawalStatus;
  readonly cancellationReason: string | null;
  /** Tax that Upvest keeps, in the withdrawal's currency; null where Upvest reports none. */
  readonly taxes: Decimal | null;
  readonly createdAt: DateTime | null;
  readonly updatedAt: DateTime | null;
}

export const BROKER_VIRTUAL_CASH_STATUSES = ['ISSUED', 'QUEUED', 'CONFIRMED', 'CANCELLED', 'UNKNOWN'] as const;
export type BrokerVirtualCashStatus = (typeof BROKER_VIRTUAL_CASH_STATUSES)[number];

/** A virtual cash movement. An increase is never QUEUED or CANCELLED. */
export interface BrokerVirtualCash {
  readonly id: string;
  readonly accountGroupId: AccountGroupId;
  readonly amount: Decimal;
  readonly currency: string;
  readonly status: BrokerVirtualCashStatus;
  readonly createdAt: DateTime | null;
  readonly updatedAt: DateTime | null;
}

/** A line of the broker's cash ledger; the references name its cause (WITHDRAWAL, VIRTUAL_CASH_INCREASE, …). */
export interface CashTransaction {
  readonly id: string;
  /** Upvest's value, unchanged: WITHDRAWAL, WITHDRAWAL_CANCELLATION, ORDER_EXECUTION, … */
  readonly type: string;
  readonly accountGroupId: AccountGroupId;
  /** Signed: negative for money that left the account. */
  readonly amount: Decimal;
  readonly currency: string;
  readonly references: readonly { readonly id: string; readonly type: string }[];
  /** As Upvest sends it: a time or a date. */
  readonly bookingDate: string | null;
  readonly createdAt: DateTime | null;
}

/** Types that the cash ledger uses both as line type and as reference type. */
export type BookedKind = 'WITHDRAWAL' | 'VIRTUAL_CASH_INCREASE' | 'VIRTUAL_CASH_DECREASE';
const BOOKED_KINDS: readonly BookedKind[] = ['WITHDRAWAL', 'VIRTUAL_CASH_INCREASE', 'VIRTUAL_CASH_DECREASE'];

type BookedLine = Pick<CashTransaction, 'type' | 'references'>;

const isReferenceTo = (kind: BookedKind, id: string) => (reference: CashTransaction['references'][number]) =>
  reference.type === kind && reference.id.toLowerCase() === id.toLowerCase();

/**
 * The effect that a line books: its own type, with references of the same type. A line of any other type (tax, fee,
 * correction, cancellation, charge-back) only refers to an effect.
 */
export function bookedBy({ type, references }: BookedLine): { kind: BookedKind; ids: readonly string[] } | undefined {
  const kind = BOOKED_KINDS.find((each) => each === type);
  if (kind === undefined) return undefined;
  return { kind, ids: references.filter((reference) => reference.type === kind).map(({ id }) => id) };
}

/** Whether a line of the ledger reverses the booking. */
export const isTakenBack = (lines: readonly BookedLine[], kind: BookedKind, id: string): boolean =>
  lines.some(
    ({ type, references }) =>
      (type === `${kind}_CANCELLATION` || type === `${kind}_CHARGE_BACK`) && references.some(isReferenceTo(kind, id)),
  );

/** Whether the ledger has a booking that is not reversed. */
export const isBooked = (lines: readonly BookedLine[], kind: BookedKind, id: string): boolean =>
  lines.some(({ type, references }) => type === kind && references.some(isReferenceTo(kind, id))) &&
  !isTakenBack(lines, kind, id);

export const BROKER_EXECUTION_STATUSES = ['FILLED', 'SETTLED', 'CANCELLED', 'UNKNOWN'] as const;
export type BrokerExecutionStatus = (typeof BROKER_EXECUTION_STATUSES)[number];

/** An execution of an order. CANCELLED: a mistrade that was reversed. */
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

/** Upvest's account group: the cash of one portfolio. */
export interface AccountGroup {
  readonly id: AccountGroupId;
  readonly status: AccountGroupStatus;
  readonly userIds: readonly BrokerageUserId[];
}
