import type { SettleDelay } from '../server/schedule.ts';

/**
 * How the stand-in behaves where tenants differ or the vendor's docs are silent or contradict themselves. All of it can
 * be changed while it runs.
 */
export interface InvestSuiteSettings {
  /** `id in [...]`: never shown in the docs. False: 400. */
  batching: boolean;
  /** The list of transactions: never shown in the docs. False: 404. */
  transactionsList: boolean;
  /** `query` on the list of transactions. False: 400. */
  transactionsQuery: boolean;
  /** Integrator of the broker, which decides whether the events book everything or only notify. */
  booking: 'investsuite' | 'client';
  /** Whether an event has been booked when it is answered. */
  bookingWhen: 'before-answer' | 'later';
  /** Answer of a successful event; the docs show none. */
  eventAnswer: 'portfolio' | 'empty';
  /** A withdraw event for more than the cash holding: the docs are silent. */
  withdrawBeyondCash: 'refuse' | 'allow';
  /** The same Idempotency-Key with another body: the docs are silent. */
  idempotencyConflict: 'refuse' | 'replay';
  idempotencyWindowMs: number;
  /** 409 for more `divest_amount` and for withdraw events while an optimization is computed. */
  rebalancingBlocksWithdrawals: boolean;
  /** Fields that may be written once only, sent again with the same value: the docs are silent. */
  sameWriteOnceValue: 'refuse' | 'accept';
  /** 409 for an external id that another entity of the kind has: the docs say both. */
  uniqueExternalIds: boolean;
  tokenLifetimeSeconds: number;
  /** The docs say both. */
  badTokenStatus: 401 | 403;
  /** The form of `next`; rotating uses all documented ones in turn. */
  nextForm: 'rotating' | 'relative' | 'absolute' | 'entity-offset';
  /** A query by external id answers the bare entity, as one page of the docs shows it. */
  bareEntity: boolean;
  /** How movements' numbers are answered; mixed: by transaction. */
  movementNumbers: 'mixed' | 'number' | 'string';
  /**
   * Fields of movements that are read and that no page documents for writing (`sub_type`, `ex_dividend_date`, …), sent
   * back with a PATCH: kept as they are sent, or refused as extra fields. The docs are silent.
   */
  movementFields: 'keep' | 'refuse';
  /** Longer request targets get 414. */
  maxUrlLength: number;
  latencyMs: number;
  /** Optimizations and late bookings. */
  settleDelayMs: SettleDelay;
}

export const DEFAULT_INVESTSUITE_SETTINGS: InvestSuiteSettings = {
  batching: true,
  transactionsList: true,
  transactionsQuery: true,
  booking: 'investsuite',
  bookingWhen: 'before-answer',
  eventAnswer: 'portfolio',
  withdrawBeyondCash: 'refuse',
  idempotencyConflict: 'refuse',
  idempotencyWindowMs: 24 * 3_600_000,
  rebalancingBlocksWithdrawals: true,
  sameWriteOnceValue: 'refuse',
  uniqueExternalIds: false,
  tokenLifetimeSeconds: 300,
  badTokenStatus: 401,
  nextForm: 'rotating',
  bareEntity: false,
  movementNumbers: 'mixed',
  movementFields: 'keep',
  maxUrlLength: 8192,
  latencyMs: 0,
  settleDelayMs: 50,
};
