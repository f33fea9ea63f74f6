import type { WireRequest, WriteAttempt } from './client.ts';
import { type Explanation, explanationOf } from './explanation.ts';
import type { WireAnswer } from './wire-answer.ts';

/**
 * Outcome of a write. There are four, and none may be merged into another: a caller must handle `unknown`, because
 * money may or may not have moved.
 */
export type WriteOutcome<T> = Accepted<T> | Refused | NotSent | Unknown;

/** The upstream did it, and returned the result. */
export interface Accepted<T> {
  readonly kind: 'accepted';
  readonly value: T;
}

/**
 * The upstream refused (4xx but 401, 408 and 429): this call had no effect. That does not settle an earlier call with
 * the same key and unknown outcome. See {@link speaksOfTheRequest}.
 */
export interface Refused {
  readonly kind: 'refused';
  readonly status: number;
  readonly problem: Problem;
  /** Missing where nothing was said, as in a proxy's page. */
  readonly explanation?: Explanation | undefined;
}

/** Nothing reached the upstream, or it turned the call away before looking at it: safe to send again. */
export interface NotSent {
  readonly kind: 'notSent';
  readonly reason: NotSentReason;
  /** The upstream's `Retry-After`, where it sent one. */
  readonly retryAfterMs?: number | undefined;
}

/** It may have happened or not: settled by asking, or by the same key and the same body, never by a fresh key. */
export type Unknown = Unclear | OtherAnswer;

export interface Unclear {
  readonly kind: 'unknown';
  readonly reason: UnknownReason;
}

/** The upstream accepted, and returned something else than was asked for: the key was used before for another request. */
export interface OtherAnswer {
  readonly kind: 'unknown';
  readonly reason: 'other-answer';
  /** Description of the returned object for a person: its id, amount and owner. */
  readonly made: string;
}

/** `fenced`: the caller has lost its lease. */
export type NotSentReason = 'connection' | 'circuit-open' | 'rate-limited' | 'deadline' | 'unauthenticated' | 'fenced';
export type UnknownReason = 'connection-lost' | 'timeout' | 'server-error' | 'invalid-answer';

/** Details of a refusal, for the log and for the gateway's own messages; the text never reaches a client. */
export interface Problem {
  /** Last path part of a problem `type`, or the error's own code; lower case. */
  readonly type: string | null;
  readonly title: string | null;
  /** May echo request data: for logs at debug level only. */
  readonly detail: string | null;
  readonly requestId: string | null;
}

const OF_THE_REQUEST: ReadonlySet<number> = new Set([400, 409, 422]);

/**
 * Whether a refusal concerns the request, so that a repetition would be refused too. Every other 4xx concerns the
 * gateway (permissions, version, a proxy) and ends when that is corrected.
 */
export const speaksOfTheRequest = (status: number): boolean => OF_THE_REQUEST.has(status);

export const accepted = <T>(value: T): Accepted<T> => ({ kind: 'accepted', value });

/** The same outcome with the value of an acceptance converted. */
export function mapAccepted<T, U>(outcome: WriteOutcome<T>, convert: (value: T) => U): WriteOutcome<U> {
  return outcome.kind === 'accepted' ? accepted(convert(outcome.value)) : outcome;
}

/**
 * Outcome of an answered write. `read` parses the body of an acceptance; where it throws, the outcome is unknown: there
 * was an effect, but not which.
 */
export function outcomeOf<T>(
  attempt: WriteAttempt,
  request: Pick<WireRequest, 'path' | 'body'>,
  problemOf: (answer: WireAnswer) => Problem,
  read: (answer: WireAnswer) => WriteOutcome<T>,
): WriteOutcome<T> {
  if (attempt.kind !== 'answered') return attempt;
  const { answer } = attempt;
  // 408 comes from proxies: the upstream may have done the work.
  if (answer.status === 408) return { kind: 'unknown', reason: 'timeout' };
  if (answer.status >= 400) {
    const problem = problemOf(answer);
    return { kind: 'refused', status: answer.status, problem, explanation: explanationOf(problem, request) };
  }
  // A redirect may follow a write that was done.
  if (!answer.ok) return { kind: 'unknown', reason: 'invalid-answer' };
  try {
    return read(answer);
  } catch {
    return { kind: 'unknown', reason: 'invalid-answer' };
  }
}
