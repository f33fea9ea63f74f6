import type { DateTime } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import type { PortfolioId } from './ids.ts';
import type { StateChange, Transitions } from './state-change.ts';
import type { UpstreamRefusal } from './upstream-refusal.ts';

export const WITHDRAWAL_STATES = [
  'REQUESTED',
  'RESERVED',
  'AWAITING_CASH',
  'SUBMITTED',
  'PROCESSING',
  'PAID',
  'COMPLETED',
  'CANCELLED',
  'FAILED',
  'RETURNED',
  'NEEDS_REVIEW',
] as const;
export type WithdrawalState = (typeof WITHDRAWAL_STATES)[number];

/** Currencies that Upvest pays to a bank account. Virtual cash has no such limit: there the bank pays. */
export const PAID_OUT: readonly string[] = ['EUR', 'GBP'];

/**
 * docs/withdrawals.md has the transitions. A state may follow itself, to add a reason to the history. COMPLETED is left
 * when the bank returns the money, CANCELLED and FAILED when the broker reports an effect after all.
 */
export const WITHDRAWAL_TRANSITIONS: Transitions<WithdrawalState> = {
  REQUESTED: ['REQUESTED', 'RESERVED', 'AWAITING_CASH', 'CANCELLED', 'FAILED', 'NEEDS_REVIEW'],
  RESERVED: ['RESERVED', 'AWAITING_CASH', 'CANCELLED', 'FAILED', 'NEEDS_REVIEW'],
  AWAITING_CASH: ['AWAITING_CASH', 'SUBMITTED', 'CANCELLED', 'FAILED', 'NEEDS_REVIEW'],
  SUBMITTED: ['SUBMITTED', 'PROCESSING', 'PAID', 'CANCELLED', 'FAILED', 'NEEDS_REVIEW'],
  PROCESSING: ['PROCESSING', 'PAID', 'CANCELLED', 'FAILED', 'NEEDS_REVIEW'],
  PAID: ['PAID', 'COMPLETED', 'RETURNED', 'FAILED', 'NEEDS_REVIEW'],
  COMPLETED: ['RETURNED'],
  CANCELLED: ['NEEDS_REVIEW'],
  FAILED: ['NEEDS_REVIEW'],
  RETURNED: [],
  NEEDS_REVIEW: [
    'REQUESTED',
    'RESERVED',
    'AWAITING_CASH',
    'SUBMITTED',
    'PROCESSING',
    'PAID',
    'COMPLETED',
    'CANCELLED',
    'FAILED',
    'RETURNED',
  ],
};

export interface Withdrawal {
  readonly id: string;
  readonly portfolioId: PortfolioId;
  readonly amount: Decimal;
  readonly currency: string;
  readonly state: WithdrawalState;
  /** Why the withdrawal was not paid, was returned or needs an operator, or the cash it waits for; null otherwise. */
  readonly reason: string | null;
  /** Why an upstream refused, see {@link ReasonCode}; null where none did. Missing in old events. */
  readonly reasonCode?: string | null | undefined;
  /** The last refusal of each step; missing in events. */
  readonly refusals?: readonly UpstreamRefusal[] | undefined;
  /** Id of Upvest's withdrawal, or of its virtual cash decrease where that pays the money out. */
  readonly upvestWithdrawalId: string | null;
  /** Tax that the broker keeps, in `currency`; null until it reports it. Missing in old events. */
  readonly taxes?: Decimal | null | undefined;
  readonly remittanceInformation: string | null;
  readonly history: readonly StateChange<WithdrawalState>[];
  readonly createdAt: DateTime;
  readonly updatedAt: DateTime;
}
