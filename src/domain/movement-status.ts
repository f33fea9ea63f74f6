import type { MovementStatus } from './transaction.ts';

/**
 * The two groups of movement statuses (InvestSuite, "Update transaction"): a transaction keeps the newest movement of
 * the request group and all movements of the execution group.
 */
export const REQUEST_STATUSES = ['PLANNED', 'PENDING', 'PLACED'] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** From the least to the most advanced. Only EXECUTED may be followed by another status. */
export const EXECUTION_STATUSES = ['EXECUTED', 'SETTLED', 'NOT_EXECUTED', 'EXPIRED', 'CANCELLED'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/** Final without an execution. */
export const UNFILLED_STATUSES = ['NOT_EXECUTED', 'EXPIRED', 'CANCELLED'] as const;

export type KnownMovementStatus = RequestStatus | ExecutionStatus;

const among =
  <T extends MovementStatus>(statuses: readonly T[]) =>
  (status: MovementStatus): status is T =>
    statuses.some((known) => known === status);

export const isRequestStatus = among(REQUEST_STATUSES);
export const isExecutionStatus = among(EXECUTION_STATUSES);
export const isUnfilledStatus = among(UNFILLED_STATUSES);

/**
 * Allowed transitions. PLANNED -> PENDING -> PLACED, steps may be skipped; an execution status may follow any of them;
 * EXECUTED may be repeated with other numbers, settle, or be cancelled (a mistrade). The others are final.
 */
export const LEGAL_STATUS_CHANGES: Readonly<Record<KnownMovementStatus, readonly KnownMovementStatus[]>> = {
  PLANNED: ['PENDING', 'PLACED', ...EXECUTION_STATUSES],
  PENDING: ['PLACED', ...EXECUTION_STATUSES],
  PLACED: EXECUTION_STATUSES,
  EXECUTED: ['EXECUTED', 'SETTLED', 'CANCELLED'],
  SETTLED: [],
  NOT_EXECUTED: [],
  EXPIRED: [],
  CANCELLED: [],
};

/** False where either is UNKNOWN. */
export function isLegalStatusChange(from: MovementStatus, to: MovementStatus): boolean {
  return from !== 'UNKNOWN' && LEGAL_STATUS_CHANGES[from].some((legal) => legal === to);
}
