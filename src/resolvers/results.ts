import type { Failure } from '../domain/failures.ts';

/** What a mutation answers: what it made, or one of the failures that its union lists. */
export type Result<T> = Success<T> | Failure;

export type Success<T> = T & {
  readonly kind: 'success';
  /** This key was answered before; nothing happened now. */
  readonly replayed: boolean;
};

/** How clients tell the failures apart, and whether the same call may succeed later with the same key. */
export const FAILURE_CODES = {
  invalid: { code: 'INVALID_INPUT', retryable: false },
  notFound: { code: 'NOT_FOUND', retryable: false },
  forbidden: { code: 'FORBIDDEN', retryable: false },
  idempotencyKeyReused: { code: 'IDEMPOTENCY_KEY_REUSED', retryable: false },
  portfolioNotFundable: { code: 'PORTFOLIO_NOT_FUNDABLE', retryable: false },
  insufficientCash: { code: 'INSUFFICIENT_CASH', retryable: true },
  rebalancingInProgress: { code: 'REBALANCING_IN_PROGRESS', retryable: true },
  notCancellable: { code: 'NOT_CANCELLABLE', retryable: false },
  illegalStatusChange: { code: 'ILLEGAL_STATUS_CHANGE', retryable: false },
} as const satisfies Readonly<
  Record<Exclude<Failure['kind'], 'upstreamRefused'> | 'illegalStatusChange', { code: string; retryable: boolean }>
>;

export const codeOf = (failure: Failure): string =>
  failure.kind === 'upstreamRefused' ? failure.code : FAILURE_CODES[failure.kind].code;

export const isRetryable = (failure: Failure): boolean =>
  failure.kind === 'upstreamRefused' ? failure.retryable : FAILURE_CODES[failure.kind].retryable;
