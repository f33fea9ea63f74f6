import type { ErrorCode } from '../errors.ts';

/** Whether a mutation that got an error was recorded, and will be or was carried out. */
export type Recorded = 'no' | 'yes' | 'unknown';

/** Meaning of a code for clients. */
export interface CodeFacts {
  /** The party that has to change something. */
  readonly fault: 'client' | 'caller' | 'gateway' | 'upstream';
  /** True where the same call may succeed later. */
  readonly retryable: boolean;
  /** For the error of a mutation itself. Errors of fields of its result: the mutation was recorded. */
  readonly recorded: Recorded;
  /** One sentence. */
  readonly meaning: string;
}

/** Every `extensions.code` in `errors[]`; docs/codes.md is made from it. */
export const ERRORS = {
  BAD_REQUEST: {
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'The body, a header or the URL is not that of a GraphQL request.',
  },
  NOT_ACCEPTABLE: {
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'A subscription was sent without `Accept: text/event-stream`.',
  },
  GRAPHQL_PARSE_FAILED: { fault: 'client', retryable: false, recorded: 'no', meaning: 'The document is not GraphQL.' },
  GRAPHQL_VALIDATION_FAILED: {
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'The document does not fit the schema, or is over a limit.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'The document has several operations, and `operationName` names none of them.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'No document is known by the hash: the client sends the document.',
  },
  DOCUMENT_NOT_TRUSTED: {
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'Only trusted documents are executed, and this is not one of them.',
  },
  QUERY_TOO_COMPLEX: {
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'The document is too deep or costs too much: ask for less, or in several requests.',
  },
  SEVERAL_MUTATIONS: {
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'One request has two mutations that move money; send them one by one.',
  },
  BAD_USER_INPUT: {
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'A variable or an argument is not valid.',
  },
  UNAUTHENTICATED: {
    fault: 'caller',
    retryable: false,
    recorded: 'no',
    meaning: 'There is no token, or it is not valid any more: get a new one.',
  },
  FORBIDDEN: { fault: 'caller', retryable: false, recorded: 'no', meaning: 'The token lacks the scope.' },
  RATE_LIMITED: {
    fault: 'caller',
    retryable: true,
    recorded: 'no',
    meaning: 'The caller is over its rate; wait as `Retry-After` says.',
  },
  OVERLOADED: {
    fault: 'gateway',
    retryable: true,
    recorded: 'no',
    meaning: 'The gateway has no place for the request now; wait as `retryAfterSeconds` says.',
  },
  STORE_UNAVAILABLE: {
    fault: 'gateway',
    retryable: true,
    recorded: 'unknown',
    meaning: 'The gateway does not reach its database. Ask again with the same key.',
  },
  INTERNAL_SERVER_ERROR: {
    fault: 'gateway',
    retryable: false,
    recorded: 'unknown',
    meaning: 'A defect of the gateway; quote `requestId`. Ask by the key what became of a mutation.',
  },
  UPSTREAM_UNAVAILABLE: {
    fault: 'upstream',
    retryable: true,
    recorded: 'no',
    meaning: 'InvestSuite or Upvest (`system`) does not answer.',
  },
  UPSTREAM_REFUSED: {
    fault: 'upstream',
    retryable: false,
    recorded: 'no',
    meaning: 'The upstream refused a read; the log has its words.',
  },
  UPSTREAM_INVALID_ANSWER: {
    fault: 'upstream',
    retryable: false,
    recorded: 'no',
    meaning: 'The upstream gave an answer that the gateway cannot read.',
  },
  UPSTREAM_ROW_UNREADABLE: {
    fault: 'upstream',
    retryable: false,
    recorded: 'no',
    meaning: 'Rows of a list could not be read and are left out, or a value depends on them.',
  },
  CAPABILITY_NOT_GRANTED: {
    fault: 'upstream',
    retryable: false,
    recorded: 'no',
    meaning: 'Upvest does not grant this tenant a capability; its fields are null.',
  },
} as const satisfies Readonly<Record<ErrorCode, CodeFacts> & Record<string, CodeFacts>>;

/** Codes of the members of result unions that implement `Error`: errors as data. */
export const FAILURES = {
  INVALID_INPUT: {
    type: 'InvalidInputError',
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'The field `field` is not valid.',
  },
  NOT_FOUND: {
    type: 'NotFoundError',
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'There is no such object, or it is not the caller’s.',
  },
  FORBIDDEN: {
    type: 'ForbiddenError',
    fault: 'caller',
    retryable: false,
    recorded: 'no',
    meaning: 'The caller lacks the scope.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    type: 'IdempotencyKeyReusedError',
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'The key was used with another input; that earlier request was recorded.',
  },
  PORTFOLIO_NOT_FUNDABLE: {
    type: 'PortfolioNotFundableError',
    fault: 'caller',
    retryable: false,
    recorded: 'no',
    meaning: 'The portfolio’s state does not allow it.',
  },
  INSUFFICIENT_CASH: {
    type: 'InsufficientCashError',
    fault: 'caller',
    retryable: true,
    recorded: 'no',
    meaning: 'Less is available than asked for.',
  },
  REBALANCING_IN_PROGRESS: {
    type: 'RebalancingInProgressError',
    fault: 'upstream',
    retryable: true,
    recorded: 'no',
    meaning: 'InvestSuite computes an optimization for the portfolio, or the gateway carries one out.',
  },
  NOT_CANCELLABLE: {
    type: 'NotCancellableError',
    fault: 'caller',
    retryable: false,
    recorded: 'no',
    meaning: 'It is too late to cancel.',
  },
  ILLEGAL_STATUS_CHANGE: {
    type: 'IllegalStatusChangeError',
    fault: 'client',
    retryable: false,
    recorded: 'no',
    meaning: 'The status must not follow the present one.',
  },
  PORTFOLIO_NOT_TRADABLE: {
    type: 'PortfolioNotTradableError',
    fault: 'caller',
    retryable: false,
    recorded: 'no',
    meaning: 'The portfolio’s state or kind does not allow orders.',
  },
  INSTRUMENT_NOT_TRADABLE: {
    type: 'InstrumentNotTradableError',
    fault: 'caller',
    retryable: false,
    recorded: 'no',
    meaning: 'The broker does not trade the instrument now.',
  },
  INSUFFICIENT_POSITION: {
    type: 'InsufficientPositionError',
    fault: 'caller',
    retryable: true,
    recorded: 'no',
    meaning: 'Fewer units are available than asked for.',
  },
  OPTIMIZATION_NOT_EXECUTABLE: {
    type: 'OptimizationNotExecutableError',
    fault: 'caller',
    retryable: false,
    recorded: 'no',
    meaning: 'The optimization is not recommended, accepted, finished or the latest.',
  },
  UPSTREAM_REFUSED: {
    type: 'UpstreamRefusedError',
    fault: 'upstream',
    retryable: false,
    recorded: 'yes',
    meaning: 'The upstream refused; it is recorded as failed, and nothing was done.',
  },
  CAPABILITY_OFF: {
    type: 'UpstreamRefusedError',
    fault: 'gateway',
    retryable: false,
    recorded: 'no',
    meaning: 'A setting switches the capability off.',
  },
  OUTCOME_PENDING: {
    type: 'UpstreamRefusedError',
    fault: 'upstream',
    retryable: true,
    recorded: 'yes',
    meaning: 'The upstream has not answered yet; the same key gives the result later.',
  },
  OUTCOME_UNKNOWN: {
    type: 'UpstreamRefusedError',
    fault: 'upstream',
    retryable: false,
    recorded: 'yes',
    meaning: 'It cannot be found out whether it was done: look in InvestSuite before you repeat it.',
  },
} as const satisfies Readonly<Record<string, CodeFacts & { readonly type: string }>>;

const isErrorCode = (code: unknown): code is keyof typeof ERRORS =>
  typeof code === 'string' && Object.hasOwn(ERRORS, code);

/** Whether the mutation whose error this is was recorded; an embedder's own code says nothing of that. */
export const recordedWith = (code: unknown): Recorded => (isErrorCode(code) ? ERRORS[code].recorded : 'unknown');
