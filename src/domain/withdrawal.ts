import type { DateTime } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import type { PortfolioId } from './ids.ts';
import type { StateChange, Transitions } from './state-change.ts';

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

/**
 * docs/withdrawals.md says who moves them. A state follows itself where its history notes what it waits for. COMPLETED is
 * left when the bank sends the money back, CANCELLED and FAILED only when the broker contradicts itself.
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

/** A customer's money on its way out. */
export interface Withdrawal {
  readonly id: string;
  readonly portfolioId: PortfolioId;
  readonly amount: Decimal;
  readonly currency: string;
  readonly state: WithdrawalState;
  /** Why it ended without payment, came back or needs a person; null otherwise. */
  readonly reason: string | null;
  /** Upvest's withdrawal, or its virtual cash decrease where that is how money is paid out. */
  readonly upvestWithdrawalId: string | null;
  /** Tax that the broker keeps, in `currency`; null until it says. Events of before it was kept have none. */
  readonly taxes?: Decimal | null | undefined;
  readonly remittanceInformation: string | null;
  readonly history: readonly StateChange<WithdrawalState>[];
  readonly createdAt: DateTime;
  readonly updatedAt: DateTime;
}
