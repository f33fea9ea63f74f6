import type { UpstreamSystem } from '../errors.ts';
import type { InvalidInput } from './checked.ts';
import type { Decimal } from './decimal.ts';
import type { MovementStatus } from './transaction.ts';

/** Expected failures of mutations, as data: one for each member of the result unions. None of them had an effect. */
export type Failure =
  | InvalidInput
  | NotFound
  | Forbidden
  | IdempotencyKeyReused
  | UpstreamRefused
  | PortfolioNotFundable
  | InsufficientCash
  | RebalancingInProgress
  | NotCancellable
  | IllegalStatusChange
  | PortfolioNotTradable
  | OptimizationNotExecutable
  | InstrumentNotTradable
  | InsufficientPosition;

export interface NotFound {
  readonly kind: 'notFound';
  readonly message: string;
}
export interface Forbidden {
  readonly kind: 'forbidden';
  readonly message: string;
}
/** The key was used before, for another input or another mutation. */
export interface IdempotencyKeyReused {
  readonly kind: 'idempotencyKeyReused';
  readonly message: string;
}
/** The upstream refused, or (code OUTCOME_PENDING) has not answered in time: the same key returns the result later. */
export interface UpstreamRefused {
  readonly kind: 'upstreamRefused';
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly system: UpstreamSystem;
  readonly status: number | null;
}
export interface PortfolioNotFundable {
  readonly kind: 'portfolioNotFundable';
  readonly message: string;
}
export interface PortfolioNotTradable {
  readonly kind: 'portfolioNotTradable';
  readonly message: string;
}
export interface OptimizationNotExecutable {
  readonly kind: 'optimizationNotExecutable';
  readonly message: string;
}
export interface InstrumentNotTradable {
  readonly kind: 'instrumentNotTradable';
  readonly message: string;
}
export interface InsufficientPosition {
  readonly kind: 'insufficientPosition';
  readonly message: string;
  /** Units that can be sold now. */
  readonly available: Decimal;
}
export interface InsufficientCash {
  readonly kind: 'insufficientCash';
  readonly message: string;
  readonly available: Decimal;
  readonly currency: string;
}
export interface RebalancingInProgress {
  readonly kind: 'rebalancingInProgress';
  readonly message: string;
}
export const rebalancingInProgress: RebalancingInProgress = {
  kind: 'rebalancingInProgress',
  message: 'The portfolio is being rebalanced; try again later.',
};
export interface NotCancellable {
  readonly kind: 'notCancellable';
  readonly message: string;
  readonly state: string;
}

/** The requested status must not follow the current one; nothing was sent. */
export interface IllegalStatusChange {
  readonly kind: 'illegalStatusChange';
  readonly message: string;
  readonly from: MovementStatus;
  readonly to: MovementStatus;
}

export const notFound = (message: string): NotFound => ({ kind: 'notFound', message });
export const forbidden = (message: string): Forbidden => ({ kind: 'forbidden', message });
export const notFundable = (message: string): PortfolioNotFundable => ({ kind: 'portfolioNotFundable', message });
export const notTradable = (message: string): PortfolioNotTradable => ({ kind: 'portfolioNotTradable', message });
export const notExecutable = (message: string): OptimizationNotExecutable => ({
  kind: 'optimizationNotExecutable',
  message,
});
export const instrumentNotTradable = (message: string): InstrumentNotTradable => ({
  kind: 'instrumentNotTradable',
  message,
});
export const notCancellable = (state: string): NotCancellable => ({
  kind: 'notCancellable',
  state,
  message: `It is too late to cancel: the state is ${state}.`,
});

export const keyReused: IdempotencyKeyReused = {
  kind: 'idempotencyKeyReused',
  message: 'This idempotencyKey was used before with another input; use a new key for a new request.',
};

/** The settings leave the capability out that the mutation needs (UPVEST_CAPABILITIES). */
export const capabilityOff: UpstreamRefused = {
  kind: 'upstreamRefused',
  code: 'CAPABILITY_OFF',
  message: 'The gateway does not use this capability of the broker.',
  retryable: false,
  system: 'UPVEST',
  status: null,
};

/** The workflow continues, but the client's waiting time is over. */
export const outcomePending = (system: UpstreamSystem): UpstreamRefused => ({
  kind: 'upstreamRefused',
  code: 'OUTCOME_PENDING',
  message: 'The outcome is not known yet. Ask again with the same idempotencyKey.',
  retryable: true,
  system,
  status: null,
});
