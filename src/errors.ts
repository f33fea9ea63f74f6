/**
 * All errors of the gateway with their codes. These classes are faults in GraphQL's `errors[]` (masked, with a code and
 * a request id). Expected failures of mutations are values of the result unions and are never thrown.
 */

export const UPSTREAM_SYSTEMS = ['INVESTSUITE', 'UPVEST'] as const;
export type UpstreamSystem = (typeof UPSTREAM_SYSTEMS)[number];

export const ERROR_CODES = [
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UPSTREAM_UNAVAILABLE',
  'CAPABILITY_NOT_GRANTED',
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
 * The messages are for clients: they never contain an upstream's body, a token or an id of another customer.
 *
 * Without stack traces: these errors are expected, one request may have thousands of them, and traces would cost more
 * than the rest of the request.
 */
export abstract class GatewayError extends Error {
  abstract readonly code: ErrorCode;
  /** True where the same request may succeed later. */
  readonly retryable: boolean = false;

  constructor(message?: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Invalid input; no upstream was called for it. */
export class BadUserInputError extends GatewayError {
  readonly code = 'BAD_USER_INPUT';
}

/** No token, or an invalid one. */
export class UnauthenticatedError extends GatewayError {
  readonly code = 'UNAUTHENTICATED';
}

/** The caller lacks the permission. */
export class ForbiddenError extends GatewayError {
  readonly code = 'FORBIDDEN';
}

/** The gateway is at a limit of concurrent work. */
export class OverloadedError extends GatewayError {
  readonly code = 'OVERLOADED';
  override readonly retryable = true;
  readonly retryAfterSeconds: number;
  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The gateway's database is unavailable, full or used by another gateway. Unconfirmed writes have not happened. */
export class StoreUnavailableError extends GatewayError {
  readonly code = 'STORE_UNAVAILABLE';
  override readonly retryable = true;
}

/** The caller exceeds its rate limit. */
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

/** Why there is no usable answer. For logs and metrics, not for clients. */
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

/** The upstream is down, too slow, overloaded or refuses the gateway's credentials. */
export class UpstreamUnavailableError extends UpstreamError {
  readonly code: 'UPSTREAM_UNAVAILABLE' | 'CAPABILITY_NOT_GRANTED' = 'UPSTREAM_UNAVAILABLE';
  override readonly retryable: boolean = true;
  readonly reason: UnavailableReason;
  /** HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;
  constructor(
    system: UpstreamSystem,
    reason: UnavailableReason,
    options?: ErrorOptions & { readonly status?: number | undefined; readonly message?: string },
  ) {
    super(system, options?.message ?? `${systemName(system)} is not available at the moment.`, options);
    this.reason = reason;
    this.status = options?.status;
  }
}

/**
 * Upvest does not grant this tenant a capability. A kind of "not available", since no request is at fault: workflows wait until
 * it is granted. A response has one such error for each capability, however many fields need it.
 */
export class CapabilityNotGrantedError extends UpstreamUnavailableError {
  override readonly code = 'CAPABILITY_NOT_GRANTED';
  override readonly retryable = false;
  readonly capability: string;
  constructor(capability: string) {
    super('UPVEST', 'unauthenticated', { message: `Upvest does not grant this tenant the capability ${capability}.` });
    this.capability = capability;
  }
}

/** The upstream answered 2xx with an undocumented body. `detail` is for the log: paths, never values. */
export class UpstreamInvalidAnswerError extends UpstreamError {
  readonly code = 'UPSTREAM_INVALID_ANSWER';
  readonly detail: string;
  constructor(system: UpstreamSystem, detail: string, options?: ErrorOptions) {
    super(system, `${systemName(system)} returned an answer that the gateway cannot read.`, options);
    this.detail = detail;
  }
}

/**
 * Rows of an upstream list could not be read. Beside a list: they were left out. Instead of a value: the value depends
 * on them and is unknown.
 */
export class UpstreamRowUnreadableError extends UpstreamError {
  readonly code = 'UPSTREAM_ROW_UNREADABLE';
  /** Kind of row, for the log. */
  readonly resource: string;
  /** Number of missing rows. */
  readonly rows: number;
  /** Ids of these rows where they could be read; at most 20. */
  readonly ids: readonly string[];
  constructor(
    system: UpstreamSystem,
    missing: { readonly resource: string; readonly rows: number; readonly ids: readonly string[] },
  ) {
    const rows = missing.rows === 1 ? '1 row' : `${missing.rows} rows`;
    super(system, `${systemName(system)} sent ${rows} that the gateway cannot read; they are left out.`);
    this.resource = missing.resource;
    this.rows = missing.rows;
    this.ids = missing.ids.slice(0, MAX_REPORTED_IDS);
  }
}

const MAX_REPORTED_IDS = 20;

/** The upstream answered a read with a 4xx that does not mean "not found". */
export class UpstreamRefusedReadError extends UpstreamError {
  readonly code = 'UPSTREAM_REFUSED';
  readonly status: number;
  constructor(system: UpstreamSystem, status: number, options?: ErrorOptions) {
    super(system, `${systemName(system)} refused the request.`, options);
    this.status = status;
  }
}

export const systemName = (system: UpstreamSystem): string => (system === 'UPVEST' ? 'Upvest' : 'InvestSuite');
