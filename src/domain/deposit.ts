import type { DateTime } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import type { PortfolioId } from './ids.ts';
import type { StateChange, Transitions } from './state-change.ts';
import type { UpstreamRefusal } from './upstream-refusal.ts';

export const DEPOSIT_STATES = [
  'REQUESTED',
  'FUNDING',
  'FUNDED',
  'BOOKING',
  'COMPLETED',
  'FAILED',
  'NEEDS_REVIEW',
] as const;
export type DepositState = (typeof DEPOSIT_STATES)[number];

/**
 * docs/deposits.md has the transitions. A state may follow itself, to add a reason to the history. FAILED becomes
 * NEEDS_REVIEW when the broker reports an effect.
 */
export const DEPOSIT_TRANSITIONS: Transitions<DepositState> = {
  REQUESTED: ['REQUESTED', 'FUNDING', 'FUNDED', 'BOOKING', 'FAILED', 'NEEDS_REVIEW'],
  FUNDING: ['FUNDING', 'FUNDED', 'FAILED', 'NEEDS_REVIEW'],
  FUNDED: ['FUNDED', 'BOOKING', 'FAILED', 'NEEDS_REVIEW'],
  BOOKING: ['BOOKING', 'COMPLETED', 'FAILED', 'NEEDS_REVIEW'],
  COMPLETED: [],
  FAILED: ['NEEDS_REVIEW'],
  NEEDS_REVIEW: ['REQUESTED', 'FUNDING', 'FUNDED', 'BOOKING', 'COMPLETED', 'FAILED'],
};

export interface Deposit {
  readonly id: string;
  readonly portfolioId: PortfolioId;
  readonly amount: Decimal;
  readonly currency: string;
  readonly state: DepositState;
  /** Why the deposit failed or needs an operator; null otherwise. */
  readonly reason: string | null;
  /** Why an upstream refused, see {@link ReasonCode}; null where none did. Missing in old events. */
  readonly reasonCode?: string | null | undefined;
  /** The last refusal of each step; missing in events. */
  readonly refusals?: readonly UpstreamRefusal[] | undefined;
  readonly virtualCashIncreaseId: string | null;
  readonly history: readonly StateChange<DepositState>[];
  readonly createdAt: DateTime;
  readonly updatedAt: DateTime;
}
