/**
 * Every error we define, with its code. Two kinds: these classes are faults that travel in GraphQL's `errors[]` (masked,
 * coded, with a request id); expected failures of mutations are values of the result unions, never thrown out of a field.
 */

export type UpstreamSystem = 'INVESTSUITE' | 'UPVEST';

export const ERROR_CODES = [
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_INVALID_ANSWER',
  'UPSTREAM_ROW_UNREADABLE',
  'UPSTREAM_REFUSED',
  'OVERLOADED',
  'RATE_LIMITED',
  'STORE_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
] as const;
/** `extensions.code` of an error in `errors[]`. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * The messages below are written for clients: they never carry an upstream's body, a token or another's id.
 *
 * They have no stack trace: what they say is expected, and one request may have thousands of them, each of whose traces
 * would cost more than all the rest of the request.
 */
export abstract class GatewayError extends Error {
  abstract readonly code: ErrorCode;
  /** The same request may succeed later, unchanged. */
  readonly retryable: boolean = false;

  constructor(message?: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The client sent something that cannot be right; nothing was asked of an upstream for it. */
export class BadUserInputError extends GatewayError {
  readonly code = 'BAD_USER_INPUT';
}

/** No token, or one that does not hold. */
export class UnauthenticatedError extends GatewayError {
  readonly code = 'UNAUTHENTICATED';
}

/** The caller is known and may not do this. */
export class ForbiddenError extends GatewayError {
  readonly code = 'FORBIDDEN';
}

/** More work than we take on now. */
export class OverloadedError extends GatewayError {
  readonly code = 'OVERLOADED';
  override readonly retryable = true;
  readonly retryAfterSeconds: number;
  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The gateway's own database is away, full or in use by another gateway. What was not confirmed has not happened. */
export class StoreUnavailableError extends GatewayError {
  readonly code = 'STORE_UNAVAILABLE';
  override readonly retryable = true;
}

/** One caller asks more often than allowed. */
export class RateLimitedError extends GatewayError {
  readonly code = 'RATE_LIMITED';
  override readonly retryable = true;
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super('Too many requests; slow down.');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export abstract class UpstreamError extends GatewayError {
  readonly system: UpstreamSystem;
  constructor(system: UpstreamSystem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.system = system;
  }
}

/** Why no usable answer came. For logs and metrics, not for clients. */
export type UnavailableReason =
  | 'connection'
  | 'timeout'
  | 'deadline'
  | 'circuit-open'
  | 'rate-limited'
  | 'server-error'
  | 'unauthenticated'
  | 'fenced'
  | 'aborted';

/** The upstream is down, too slow, overloaded or does not let us in. */
export class UpstreamUnavailableError extends UpstreamError {
  readonly code = 'UPSTREAM_UNAVAILABLE';
  override readonly retryable = true;
  readonly reason: UnavailableReason;
  /** HTTP status, where one came. */
  readonly status: number | undefined;
  constructor(
    system: UpstreamSystem,
    reason: UnavailableReason,
    options?: ErrorOptions & { readonly status?: number | undefined },
  ) {
    super(system, `${systemName(system)} is not available at the moment.`, options);
    this.reason = reason;
    this.status = options?.status;
  }
}

/** The upstream answered 2xx with something that it does not document. `detail` is for the log: paths, never values. */
export class UpstreamInvalidAnswerError extends UpstreamError {
  readonly code = 'UPSTREAM_INVALID_ANSWER';
  readonly detail: string;
  constructor(system: UpstreamSystem, detail: string, options?: ErrorOptions) {
    super(system, `${systemName(system)} returned an answer that the gateway cannot read.`, options);
    this.detail = detail;
  }
}

/**
 * Rows of an upstream's list could not be read. Beside a list, it tells that they were left out of it; in place of a value
 * it says that this would be computed from the list and is not known.
 */
export class UpstreamRowUnreadableError extends UpstreamError {
  readonly code = 'UPSTREAM_ROW_UNREADABLE';
  /** What the list is of. For the log. */
  readonly resource: string;
  /** How many rows are missing. */
  readonly rows: number;
  /** Ids of those rows whose id could be read; at most 20. */
  readonly ids: readonly string[];
  constructor(
    system: UpstreamSystem,
    missing: { readonly resource: string; readonly rows: number; readonly ids: readonly string[] },
  ) {
    const rows = missing.rows === 1 ? '1 row' : `${missing.rows} rows`;
    super(system, `${systemName(system)} sent ${rows} that the gateway cannot read; they are left out.`);
    this.resource = missing.resource;
    this.rows = missing.rows;
    this.ids = missing.ids.slice(0, MAX_IDS_TOLD);
  }
}

const MAX_IDS_TOLD = 20;

/** The upstream answered 4xx to a read where that is not simply "not there". `detail` is for the log. */
export class UpstreamRefusedReadError extends UpstreamError {
  readonly code = 'UPSTREAM_REFUSED';
  readonly status: number;
  constructor(system: UpstreamSystem, status: number, options?: ErrorOptions) {
    super(system, `${systemName(system)} refused the request.`, options);
    this.status = status;
  }
}

export const systemName = (system: UpstreamSystem): string => (system === 'UPVEST' ? 'Upvest' : 'InvestSuite');
