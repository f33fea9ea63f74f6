import type { DateTime } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import type { AccountGroupId, PortfolioId } from './ids.ts';
import type { StateChange, Transitions } from './state-change.ts';
import type { UpstreamRefusal } from './upstream-refusal.ts';

export const VIRTUAL_CASH_DIRECTIONS = ['INCREASE', 'DECREASE'] as const;
export type VirtualCashDirection = (typeof VIRTUAL_CASH_DIRECTIONS)[number];

/** Upvest's statuses, and four states of the gateway. */
export const VIRTUAL_CASH_STATES = [
  'REQUESTED',
  'ISSUED',
  'QUEUED',
  'CONFIRMED',
  'CANCELLED',
  'FAILED',
  'NEEDS_REVIEW',
] as const;
export type VirtualCashState = (typeof VIRTUAL_CASH_STATES)[number];

export const VIRTUAL_CASH_TRANSITIONS: Transitions<VirtualCashState> = {
  REQUESTED: ['REQUESTED', 'ISSUED', 'QUEUED', 'CONFIRMED', 'CANCELLED', 'FAILED', 'NEEDS_REVIEW'],
  ISSUED: ['ISSUED', 'QUEUED', 'CONFIRMED', 'CANCELLED', 'FAILED', 'NEEDS_REVIEW'],
  QUEUED: ['QUEUED', 'CONFIRMED', 'CANCELLED', 'FAILED', 'NEEDS_REVIEW'],
  CONFIRMED: [],
  CANCELLED: ['NEEDS_REVIEW'],
  FAILED: ['NEEDS_REVIEW'],
  NEEDS_REVIEW: ['REQUESTED', 'ISSUED', 'QUEUED', 'CONFIRMED', 'CANCELLED', 'FAILED'],
};

export const VIRTUAL_CASH_STATUSES = ['ISSUED', 'CONFIRMED', 'QUEUED', 'CANCELLED', 'UNKNOWN'] as const;
export type VirtualCashStatus = (typeof VIRTUAL_CASH_STATUSES)[number];

/**
 * Status in the schema: REQUESTED shows as ISSUED (without `upvestId`), FAILED had no effect and shows as CANCELLED,
 * NEEDS_REVIEW shows as UNKNOWN.
 */
export const VIRTUAL_CASH_STATUS: Readonly<Record<VirtualCashState, VirtualCashStatus>> = {
  REQUESTED: 'ISSUED',
  ISSUED: 'ISSUED',
  QUEUED: 'QUEUED',
  CONFIRMED: 'CONFIRMED',
  CANCELLED: 'CANCELLED',
  FAILED: 'CANCELLED',
  NEEDS_REVIEW: 'UNKNOWN',
};

export interface VirtualCashMovement {
  readonly id: string;
  readonly portfolioId: PortfolioId;
  readonly upvestId: string | null;
  readonly direction: VirtualCashDirection;
  readonly accountGroupId: AccountGroupId;
  readonly amount: Decimal;
  readonly currency: string;
  readonly state: VirtualCashState;
  readonly status: VirtualCashStatus;
  /** Why the movement had no effect or needs an operator; null otherwise. */
  readonly reason: string | null;
  /** Why an upstream refused, see {@link ReasonCode}; null where none did. Missing in old events. */
  readonly reasonCode?: string | null | undefined;
  /** The last refusal of each step; missing in events. */
  readonly refusals?: readonly UpstreamRefusal[] | undefined;
  readonly history: readonly StateChange<VirtualCashState>[];
  readonly createdAt: DateTime;
  readonly updatedAt: DateTime;
}
