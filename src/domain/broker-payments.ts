import type { OrderSide } from './broker.ts';
import type { DateTime } from './datetime.ts';
import { type Decimal, equals } from './decimal.ts';
import type { AccountGroupId, BrokerageUserId } from './ids.ts';

/**
 * Payments and bookings as Upvest has them. `UNKNOWN` is a status that Upvest has added since, or none where it sent none.
 */
export const BROKER_WITHDRAWAL_STATUSES = ['NEW', 'PROCESSING', 'CONFIRMED', 'CANCELLED', 'UNKNOWN'] as const;
export type BrokerWithdrawalStatus = (typeof BROKER_WITHDRAWAL_STATUSES)[number];

/** Money of one account group. */
export interface MoneyOfGroup {
  readonly accountGroupId: AccountGroupId;
  readonly amount: Decimal;
  readonly currency: string;
}

/** What a payment or a movement of virtual cash at Upvest is about. */
export interface BrokerMoney extends MoneyOfGroup {
  /** Upvest's id of it. */
  readonly id: string;
}

/** The same amount in the same account group; ids of any case. */
export const isSameMoney = (a: MoneyOfGroup, b: MoneyOfGroup): boolean =>
  a.accountGroupId.toLowerCase() === b.accountGroupId.toLowerCase() &&
  a.currency === b.currency &&
  equals(a.amount, b.amount);

/** Money on its way to the customer's bank. CONFIRMED is handed to the bank, and may still become CANCELLED. */
export interface BrokerWithdrawal {
  readonly id: string;
  readonly accountGroupId: AccountGroupId;
  readonly referenceAccountId: string | null;
  readonly amount: Decimal;
  readonly currency: string;
  readonly status: BrokerWithdrawalStatus;
  readonly cancellationReason: string | null;
  /** Tax that Upvest keeps, in the withdrawal's currency; null where it does not say. */
  readonly taxes: Decimal | null;
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

/** What the cash ledger books under its own name, and refers to by the same. */
export type BookedKind = 'WITHDRAWAL' | 'VIRTUAL_CASH_INCREASE' | 'VIRTUAL_CASH_DECREASE';
const BOOKED_KINDS: readonly BookedKind[] = ['WITHDRAWAL', 'VIRTUAL_CASH_INCREASE', 'VIRTUAL_CASH_DECREASE'];

type LedgerLine = Pick<CashTransaction, 'type' | 'references'>;

/** Upvest's UUIDs are the same in either case. */
const isReferenceTo = (kind: BookedKind, id: string) => (reference: CashTransaction['references'][number]) =>
  reference.type === kind && reference.id.toLowerCase() === id.toLowerCase();

/**
 * What a line books: of its own type, with a reference of the same type. Any other line only refers to it: a tax, a
 * fee, a correction, a cancellation, a charge-back.
 */
export function bookedBy({ type, references }: LedgerLine): { kind: BookedKind; ids: readonly string[] } | undefined {
  const kind = BOOKED_KINDS.find((each) => each === type);
  if (kind === undefined) return undefined;
  return { kind, ids: references.filter((reference) => reference.type === kind).map(({ id }) => id) };
}

/** Whether a line of the ledger takes back what was booked. */
export const isTakenBack = (lines: readonly LedgerLine[], kind: BookedKind, id: string): boolean =>
  lines.some(
    ({ type, references }) =>
      (type === `${kind}_CANCELLATION` || type === `${kind}_CHARGE_BACK`) && references.some(isReferenceTo(kind, id)),
  );

/** Whether the ledger has booked it and not taken it back. */
export const isBooked = (lines: readonly LedgerLine[], kind: BookedKind, id: string): boolean =>
  lines.some(({ type, references }) => type === kind && references.some(isReferenceTo(kind, id))) &&
  !isTakenBack(lines, kind, id);

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
