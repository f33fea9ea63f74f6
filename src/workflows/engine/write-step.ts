import type { z } from 'zod';
import {
  type NotSent,
  type NotSentReason,
  speaksOfTheRequest,
  type Unknown,
  type WriteOutcome,
} from '../../datasources/upstream/outcome.ts';
import { systemName, UpstreamError, type UpstreamSystem, UpstreamUnavailableError } from '../../errors.ts';
import type { LockName, StateEntry, WorkflowRow } from '../../store/index.ts';
import { reviewOfOther } from '../cash/other-answer.ts';
import {
  type Attempt,
  type Decision,
  type ReviewAnswers,
  review,
  type Settlement,
  type StepContext,
  type Wait,
  type WriteStep,
} from './step.ts';

/**
 * How a write of unknown outcome is settled: docs/deposits.md "Doubt ends by evidence".
 *
 *   marked, no answer known ──> repeats by its key ──accepted──> accepted
 *                          │            └──any other answer──┐
 *                          └──> has no key, or an old one ──> look ──found──────────────────> accepted
 *                                                              ├──absent, no late arrival──> not done
 *                                                              └──else───────────────────────> in doubt, at last a review
 *
 * The mark is on disk before each attempt, with the time of it. A crash at any point leaves the mark, and the next worker begins here.
 */

/** Evidence of an attempt with unknown outcome. */
export type Evidence<V> =
  | { readonly kind: 'found'; readonly value: V }
  /** The place where it would be was read whole, and it is not there. */
  | { readonly kind: 'absent' }
  | NotKnown;

/**
 * The list does not exist, can't be read completely, or has matches that may belong to others: `because` says so for a
 * person.
 */
interface NotKnown {
  readonly kind: 'notKnown';
  readonly because?: string;
  /** The upstream is not available: it may tell when it is back. */
  readonly isAway?: boolean;
}

export const NOT_KNOWN: NotKnown = { kind: 'notKnown' };
export const ABSENT: Evidence<never> = { kind: 'absent' };
export const found = <V>(value: V): Evidence<V> => ({ kind: 'found', value });

/** A write step as its author sees it: with the types of what is remembered and answered. */
export interface WriteSpec<M, V> {
  readonly system: UpstreamSystem;
  readonly memo: z.ZodType<M>;
  readonly lock?: ((row: WorkflowRow) => LockName | undefined) | undefined;
  readonly keepsLock?: boolean | undefined;
  /** Returns a decision, or the memo of the write; `states` are entered with the mark. */
  readonly prepare: (
    context: StepContext,
  ) => Promise<Decision | { readonly kind: 'send'; readonly memo: M; readonly states?: readonly StateEntry[] }>;
  readonly send: (context: StepContext, memo: M) => Promise<WriteOutcome<V>>;
  /** `key`: the upstream does the same only once, for as long as it keeps the key. `never`: looked for, then begun again. */
  readonly repeats: 'key' | 'never';
  /**
   * Looks for the effect of an attempt with unknown outcome, and sends nothing. Returns a decision where it settles the
   * step otherwise. Throws an UpstreamError where the upstream can't be read.
   */
  readonly look: (context: StepContext, memo: M, attempt: Attempt) => Promise<Evidence<V> | Decision>;
  /** A sentence for the operator: what is in doubt. */
  readonly doubt: string;
  /** How a doubt ends that can't be settled, where that is not a review. */
  readonly unsettled?: (context: StepContext, memo: M) => Decision;
  readonly accepted: (context: StepContext, memo: M, value: V) => Decision;
  /** The upstream refused the request, by a status that concerns the request or is one of `refusedBy`. */
  readonly refused: (context: StepContext, memo: M, status: number) => Decision;
  /** Statuses that speak of the request besides 400, 409 and 422. */
  readonly refusedBy?: readonly number[];
  readonly resolve: ReviewAnswers;
}

/** Upvest keeps an idempotency key for at least 24 hours; we stop relying on it an hour before. */
export const KEY_LIFETIME_MS = 23 * 3_600_000;
/** A repeated refusal will not change: after this time the row needs an operator. */
export const REFUSED_FOR_MS = 5 * 60_000;
/** InvestSuite's 409: it is rebalancing; retry later. */
export const REBALANCING = 409;

export function writeStep<M, V>(spec: WriteSpec<M, V>): WriteStep {
  const read = (memo: string): M => spec.memo.parse(JSON.parse(memo));
  return {
    kind: 'write',
    system: spec.system,
    lock: spec.lock,
    keepsLock: spec.keepsLock,
    resolve: spec.resolve,
    prepare: async (context) => {
      const prepared = await spec.prepare(context);
      return prepared.kind === 'send' ? { ...prepared, memo: JSON.stringify(prepared.memo) } : prepared;
    },
    send: async (context, text) => {
      const memo = read(text);
      return firstAnswer(spec, context, memo, await spec.send(context, memo));
    },
    settle: async (context, text, attempt) =>
      spec.repeats === 'key' && context.now - attempt.sentAt < KEY_LIFETIME_MS
        ? { kind: 'resend' }
        : await settleByLooking(spec, context, read(text), attempt),
    repeat: async (context, text, attempt) => {
      const memo = read(text);
      return await settleRepetition(spec, context, memo, attempt, await spec.send(context, memo));
    },
  };
}

const acceptedBy = <M, V>(spec: WriteSpec<M, V>, context: StepContext, memo: M, value: V): Settlement => ({
  kind: 'decided',
  decision: spec.accepted(context, memo, value),
  version: versionOf(value),
});

/** A refused first attempt had no effect. */
function firstAnswer<M, V>(spec: WriteSpec<M, V>, context: StepContext, memo: M, outcome: WriteOutcome<V>): Settlement {
  switch (outcome.kind) {
    case 'accepted':
      return acceptedBy(spec, context, memo, outcome.value);
    case 'refused':
      return { kind: 'decided', decision: refusedBy(spec, context, memo, outcome.status) };
    case 'notSent': {
      const { reason, retryAfterMs } = outcome;
      if (STATUS_OF_US[reason] === undefined) return { kind: 'notSent', retryAfterMs };
      return { kind: 'decided', decision: waitUnsent(spec.system, outcome) };
    }
    case 'unknown':
      return settleOther(outcome) ?? { kind: 'unknown' };
    default:
      return outcome satisfies never;
  }
}

/** An answer with something else: a person looks at once, since the same again will be answered so again. */
const settleOther = (outcome: Unknown): Settlement | undefined =>
  outcome.reason === 'other-answer' ? { kind: 'decided', decision: reviewOfOther(outcome.made) } : undefined;

/** Reasons that count as refusals of the gateway: same metric, same history. */
const STATUS_OF_US: Readonly<Partial<Record<NotSentReason, number>>> = { unauthenticated: 401, 'rate-limited': 429 };

/** Decision after a refusal without an earlier effect. */
function refusedBy<M, V>(spec: WriteSpec<M, V>, context: StepContext, memo: M, status: number): Decision {
  const isOfTheRequest = speaksOfTheRequest(status) || spec.refusedBy?.includes(status) === true;
  return isOfTheRequest ? spec.refused(context, memo, status) : waitForUs(spec.system, status);
}

/** Waits until the upstream accepts the gateway again. */
export const waitForUs = (system: UpstreamSystem, status: number): Wait => ({
  kind: 'wait',
  for: system === 'UPVEST' ? 'upvest-refused' : 'investsuite-refused',
  note: `${systemName(system)} answered ${status}, which concerns the gateway and not this request. The gateway retries.`,
});

/** Waits after a call that did not reach the upstream, or that it turned away unread. */
export function waitUnsent(system: UpstreamSystem, { reason, retryAfterMs }: NotSent): Wait {
  const status = STATUS_OF_US[reason];
  const unsent: Wait = { kind: 'wait', for: system === 'UPVEST' ? 'upvest' : 'investsuite' };
  return { ...(status === undefined ? unsent : waitForUs(system, status)), retryAfterMs };
}

/**
 * Whether a refused DELETE may be too late: Upvest's 422, and the statuses that other systems use for a wrong state.
 */
export const saysTooLate = (status: number): boolean => status === 404 || status === 410 || speaksOfTheRequest(status);

/** Without a key that the upstream still knows. */
async function settleByLooking<M, V>(
  spec: WriteSpec<M, V>,
  context: StepContext,
  memo: M,
  attempt: Attempt,
): Promise<Settlement> {
  const seen = await lookOrNot(spec, context, memo, attempt);
  switch (seen.kind) {
    case 'found':
      return acceptedBy(spec, context, memo, seen.value);
    case 'absent':
      return mayStillArrive(context, attempt) ? { kind: 'unknown' } : { kind: 'undone' };
    case 'notKnown':
      return isGivenUp(context, attempt, seen) ? unsettled(spec, context, memo, seen.because) : { kind: 'unknown' };
    default:
      return { kind: 'decided', decision: seen, inDoubt: seen.kind !== 'advance' };
  }
}

/** Reads in a row with an unavailable upstream: the gateway itself may have been stopped for a day. */
const LOOKS_WHILE_AWAY = 10;

const isGivenUp = ({ row, now }: StepContext, { sentAt }: Attempt, { isAway }: NotKnown): boolean =>
  now - sentAt >= KEY_LIFETIME_MS && (isAway !== true || row.attempts >= LOOKS_WHILE_AWAY);

/** The outcome can't be settled: a review, or the row ends in doubt. */
function unsettled<M, V>(spec: WriteSpec<M, V>, context: StepContext, memo: M, because = spec.doubt): Settlement {
  const decision = spec.unsettled?.(context, memo) ?? review(inDoubt(context, because));
  return { kind: 'decided', decision, inDoubt: decision.kind !== 'advance' };
}

const inDoubt = ({ row }: StepContext, what: string): string => `${what} (Step ${row.step}.)`;

/**
 * Decision after the answer to a repetition. Only an acceptance settles the earlier attempts, and so does an answer
 * with another object.
 */
async function settleRepetition<M, V>(
  spec: WriteSpec<M, V>,
  context: StepContext,
  memo: M,
  attempt: Attempt,
  outcome: WriteOutcome<V>,
): Promise<Settlement> {
  if (outcome.kind === 'accepted') return acceptedBy(spec, context, memo, outcome.value);
  if (outcome.kind === 'notSent') return { kind: 'unknown', answered: true };
  const other = outcome.kind === 'unknown' ? settleOther(outcome) : undefined;
  if (other !== undefined) return other;
  const seen = await lookOrNot(spec, context, memo, attempt);
  if (seen.kind === 'found') return acceptedBy(spec, context, memo, seen.value);
  if (seen.kind !== 'absent' && seen.kind !== 'notKnown') return { kind: 'decided', decision: seen, inDoubt: true };
  if (outcome.kind === 'unknown') return { kind: 'unknown' };
  const { status } = outcome;
  if (seen.kind === 'absent' && !mayStillArrive(context, attempt)) {
    return { kind: 'decided', decision: refusedBy(spec, context, memo, status) };
  }
  const since = attempt.refusedSince ?? context.now;
  const maxMs = spec.system === 'INVESTSUITE' && status === REBALANCING ? KEY_LIFETIME_MS : REFUSED_FOR_MS;
  if (context.now - since < Math.max(maxMs, 2 * context.lateArrivalMs)) {
    return { kind: 'unknown', answered: true, refused: status };
  }
  const because = seen.kind === 'notKnown' ? seen.because : undefined;
  const reason = `${because ?? spec.doubt} ${systemName(spec.system)} has refused the same request since (${status}).`;
  return { kind: 'decided', decision: review(inDoubt(context, reason)), inDoubt: true };
}

/** A place that can't be read now is not known. */
async function lookOrNot<M, V>(
  spec: WriteSpec<M, V>,
  context: StepContext,
  memo: M,
  attempt: Attempt,
): Promise<Evidence<V> | Decision> {
  try {
    return await spec.look(context, memo, attempt);
  } catch (error) {
    if (error instanceof UpstreamError) return { ...NOT_KNOWN, isAway: error instanceof UpstreamUnavailableError };
    throw error;
  }
}

/** Counted from before the look: it began after the time of {@link StepContext.now}. */
export const mayStillArrive = ({ now, lateArrivalMs }: StepContext, { lastAt }: Attempt): boolean =>
  now - lastAt < lateArrivalMs;

/** The version of what a write answered; null where it has none. */
function versionOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null || !('version' in value)) return null;
  return typeof value.version === 'number' ? value.version : null;
}
