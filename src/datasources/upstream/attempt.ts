import { type UnavailableReason, UpstreamUnavailableError } from '../../errors.ts';
import type { NotSentReason, UnknownReason } from './outcome.ts';
import type { WireAnswer } from './wire-answer.ts';

/** How one attempt of a call ended. */
export type Attempt =
  | { readonly kind: 'answered'; readonly answer: WireAnswer; readonly sentHeaders: Readonly<Record<string, string>> }
  | { readonly kind: 'notSent'; readonly reason: NotSentReason; readonly cause?: unknown }
  | { readonly kind: 'unknown'; readonly reason: UnknownReason; readonly cause: unknown }
  | { readonly kind: 'aborted'; readonly cause: unknown };

/** The reason an attempt is aborted with when its time is up. */
export const TIMED_OUT = new Error('the attempt took too long');

export const RETRYABLE_STATUS: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const BACKOFF_BASE_MS = 100;
const BACKOFF_MAX_MS = 2_000;

/** Errors that are raised before the first byte of the request has left. */
const NOT_SENT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Result of an attempt whose connection failed. */
export function failedAttempt(error: unknown, timedOut: boolean): Attempt {
  if (NOT_SENT_CODES.has(errorCode(error))) return { kind: 'notSent', reason: 'connection', cause: error };
  return { kind: 'unknown', reason: timedOut ? 'timeout' : 'connection-lost', cause: error };
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The credentials could not be had: this request itself has not left. */
export function notSentBecauseOf(error: UpstreamUnavailableError): Attempt {
  return { kind: 'notSent', reason: notSentReason(error.reason), cause: error };
}

function notSentReason(reason: UnavailableReason): NotSentReason {
  switch (reason) {
    case 'circuit-open':
    case 'rate-limited':
    case 'deadline':
    case 'connection':
    case 'unauthenticated':
    case 'fenced':
      return reason;
    case 'timeout':
    case 'server-error':
    case 'aborted':
      // The token endpoint is unavailable: the credentials may be right.
      return 'connection';
    default:
      return reason satisfies never;
  }
}

/** Failures for the circuit breaker: timeouts, lost connections and 5xx. */
export function isFailure(result: Attempt): boolean {
  if (result.kind === 'answered') return result.answer.status >= 500;
  if (result.kind === 'notSent') return result.reason === 'connection' && !cameFromCredentials(result.cause);
  return result.kind === 'unknown';
}

/** It ended before the upstream could show whether it is up: neither a success nor a failure to the breaker. */
export function tellsNothing(result: Attempt): boolean {
  return result.kind === 'aborted' || (result.kind === 'notSent' && !isFailure(result));
}

/** May the same read help? Credentials have been asked for with retries of their own. */
export function isRetryable(result: Attempt): boolean {
  if (result.kind === 'notSent') return result.reason === 'connection' && !cameFromCredentials(result.cause);
  return result.kind !== 'aborted';
}

export function cameFromCredentials(cause: unknown): cause is UpstreamUnavailableError {
  return cause instanceof UpstreamUnavailableError;
}

/** Full jitter: between 0 and the whole step, so that callers do not retry at the same time. */
export function backoffMs(result: Attempt, attempt: number, random: () => number): number {
  const asked = result.kind === 'answered' ? result.answer.retryAfterMs : undefined;
  const jittered = random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (attempt - 1));
  return asked === undefined ? jittered : asked + jittered;
}

/** Label for metrics and logs. */
export function outcomeOf(result: Attempt): number | UnavailableReason {
  switch (result.kind) {
    case 'answered':
      return result.answer.status;
    case 'aborted':
      return 'aborted';
    case 'notSent':
      return result.reason;
    case 'unknown':
      return result.reason === 'timeout' ? 'timeout' : 'connection';
    default:
      return result satisfies never;
  }
}
