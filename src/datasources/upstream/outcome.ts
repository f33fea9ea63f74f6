import type { BrokerMoney } from '../../domain/broker-payments.ts';
import type { WriteAttempt } from './client.ts';
import type { WireAnswer } from './wire-answer.ts';

/**
 * How a write to an upstream ended. There are four ways and none may be folded into another: a caller has to say what
 * it does with `unknown`, because money may or may not have moved.
 */
export type WriteOutcome<T> = Accepted<T> | Refused | NotSent | Unknown;

/** The upstream did it, and says what came of it. */
export interface Accepted<T> {
  readonly kind: 'accepted';
  readonly value: T;
}

/**
 * The upstream said no (4xx but 401, 408 and 429): this call did nothing. It says nothing of an earlier call with the same key
 * whose outcome is unknown. See {@link speaksOfTheRequest}.
 */
export interface Refused {
  readonly kind: 'refused';
  readonly status: number;
  readonly problem: Problem;
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

/**
 * The upstream accepted, and answered with something else than what was asked for: of another amount, currency or account
 * group. So it does where the key was used before for that.
 */
export interface OtherAnswer {
  readonly kind: 'unknown';
  readonly reason: 'other-answer';
  readonly made: BrokerMoney;
}

/** `fenced`: whoever asked for it must not send it any more. */
export type NotSentReason = 'connection' | 'circuit-open' | 'rate-limited' | 'deadline' | 'unauthenticated' | 'fenced';
export type UnknownReason = 'connection-lost' | 'timeout' | 'server-error' | 'invalid-answer';

/** What an upstream said in refusing, for our log and our own wording; the text itself never reaches a client. */
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
 * Whether a refusal speaks of what was asked, so that the same will be refused again. Every other 4xx speaks of us (our rights,
 * the version we use, a proxy in between) and ends when somebody has mended that.
 */
export const speaksOfTheRequest = (status: number): boolean => OF_THE_REQUEST.has(status);

export const accepted = <T>(value: T): Accepted<T> => ({ kind: 'accepted', value });

/** The same outcome with the value of an acceptance converted. */
export function mapAccepted<T, U>(outcome: WriteOutcome<T>, convert: (value: T) => U): WriteOutcome<U> {
  return outcome.kind === 'accepted' ? accepted(convert(outcome.value)) : outcome;
}

/**
 * What a write came to. `read` says what the body of an acceptance means; where it throws, the outcome is unknown: something was
 * done, and we cannot say what.
 */
export function outcomeOf<T>(
  attempt: WriteAttempt,
  problemOf: (answer: WireAnswer) => Problem,
  read: (answer: WireAnswer) => WriteOutcome<T>,
): WriteOutcome<T> {
  if (attempt.kind !== 'answered') return attempt;
  const { answer } = attempt;
  // 408 comes from proxies in between, and says nothing about what is behind them.
  if (answer.status === 408) return { kind: 'unknown', reason: 'timeout' };
  if (answer.status >= 400) return { kind: 'refused', status: answer.status, problem: problemOf(answer) };
  // A redirect may follow a write that was done.
  if (!answer.ok) return { kind: 'unknown', reason: 'invalid-answer' };
  try {
    return read(answer);
  } catch {
    return { kind: 'unknown', reason: 'invalid-answer' };
  }
}
