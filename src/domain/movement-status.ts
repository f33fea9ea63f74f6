import type { MovementStatus } from './transaction.ts';

/**
 * The two groups of movement statuses (InvestSuite, "Update transaction"): a transaction keeps the newest movement of
 * the request group and the movements of the execution group.
 */
export const REQUEST_STATUSES = ['PLANNED', 'PENDING', 'PLACED'] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** Ordered from the least to the most advanced. EXECUTED is the only one that anything may follow. */
export const EXECUTION_STATUSES = ['EXECUTED', 'SETTLED', 'NOT_EXECUTED', 'EXPIRED', 'CANCELLED'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/** Ends without an execution: nothing was bought or sold. */
export const UNFILLED_STATUSES = ['NOT_EXECUTED', 'EXPIRED', 'CANCELLED'] as const;
export type UnfilledStatus = (typeof UNFILLED_STATUSES)[number];

export type KnownMovementStatus = RequestStatus | ExecutionStatus;

const among =
  <T extends MovementStatus>(statuses: readonly T[]) =>
  (status: MovementStatus): status is T =>
    statuses.some((known) => known === status);

export const isRequestStatus = among(REQUEST_STATUSES);
export const isExecutionStatus = among(EXECUTION_STATUSES);
export const isUnfilledStatus = among(UNFILLED_STATUSES);

/**
 * What may follow what. PLANNED -> PENDING -> PLACED, steps may be skipped; an execution status may follow any of
 * them; EXECUTED may be told again with other numbers, settle, or be cancelled (a mistrade). The rest is final.
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

/** False for UNKNOWN on either side: what we do not understand is not moved on. */
export function isLegalStatusChange(from: MovementStatus, to: MovementStatus): boolean {
  return from !== 'UNKNOWN' && LEGAL_STATUS_CHANGES[from].some((legal) => legal === to);
}
