import type { Failure } from '../domain/failures.ts';

/** Result of a mutation: success, or a failure of its union. */
export type Result<T> = Success<T> | Failure;

export type Success<T> = T & {
  readonly kind: 'success';
  /** The key was answered before; the call had no effect. */
  readonly replayed: boolean;
};

/** Code of each failure, and whether the same call may succeed later with the same key. */
export const FAILURE_CODES = {
  invalid: { code: 'INVALID_INPUT', retryable: false },
  notFound: { code: 'NOT_FOUND', retryable: false },
  forbidden: { code: 'FORBIDDEN', retryable: false },
  idempotencyKeyReused: { code: 'IDEMPOTENCY_KEY_REUSED', retryable: false },
  portfolioNotFundable: { code: 'PORTFOLIO_NOT_FUNDABLE', retryable: false },
  insufficientCash: { code: 'INSUFFICIENT_CASH', retryable: true },
  rebalancingInProgress: { code: 'REBALANCING_IN_PROGRESS', retryable: true },
  portfolioNotTradable: { code: 'PORTFOLIO_NOT_TRADABLE', retryable: false },
  optimizationNotExecutable: { code: 'OPTIMIZATION_NOT_EXECUTABLE', retryable: false },
  instrumentNotTradable: { code: 'INSTRUMENT_NOT_TRADABLE', retryable: false },
  insufficientPosition: { code: 'INSUFFICIENT_POSITION', retryable: true },
  notCancellable: { code: 'NOT_CANCELLABLE', retryable: false },
  illegalStatusChange: { code: 'ILLEGAL_STATUS_CHANGE', retryable: false },
} as const satisfies Readonly<
  Record<Exclude<Failure['kind'], 'upstreamRefused'> | 'illegalStatusChange', { code: string; retryable: boolean }>
>;

export const codeOf = (failure: Failure): string =>
  failure.kind === 'upstreamRefused' ? failure.code : FAILURE_CODES[failure.kind].code;

export const isRetryable = (failure: Failure): boolean =>
  failure.kind === 'upstreamRefused' ? failure.retryable : FAILURE_CODES[failure.kind].retryable;
