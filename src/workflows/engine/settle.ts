import {
  type NotSent,
  type NotSentReason,
  type Refused,
  speaksOfTheRequest,
  type Unknown,
  type WriteOutcome,
} from '../../datasources/upstream/outcome.ts';
import { systemName, UpstreamError, type UpstreamSystem, UpstreamUnavailableError } from '../../errors.ts';
import type { WorkflowRow } from '../../store/index.ts';
import {
  type Attempt,
  type Decision,
  type Evidence,
  type Memo,
  NOT_KNOWN,
  type NotKnown,
  type Review,
  review,
  type Step,
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

/** Upvest keeps an idempotency key for at least 24 hours; we stop relying on it an hour before. */
export const KEY_LIFETIME_MS = 23 * 3_600_000;
/** A repeated refusal will not change: after this time the row needs an operator. */
export const REFUSED_FOR_MS = 5 * 60_000;
/** InvestSuite's 409: it is rebalancing; retry later. */
export const REBALANCING = 409;

/** Result of a sent write, or of a search for its effect. */
export type Settlement =
  /**
   * `inDoubt`: the outcome of an earlier attempt is still unknown, so the mark stays. `version`: version of the locked
   * object after the write, where the upstream returns one.
   */
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      readonly inDoubt?: boolean;
      readonly version?: number | null;
      /** The refusal that it follows. */
      readonly refusal?: Refused;
    }
  | { readonly kind: 'notSent'; readonly retryAfterMs: number | undefined }
  /**
   * `answered`: the repetition itself did nothing, so a late arrival still counts from the attempt before it. `refusal`: it was
   * refused.
   */
  | { readonly kind: 'unknown'; readonly answered?: boolean; readonly refusal?: Refused }
  /** It is certain that the earlier attempts did nothing: begin the step again. */
  | { readonly kind: 'undone' };

/** Whether the same may be sent again to a row that was found marked. */
export const isRepeatable = (step: WriteStep, { now, row }: StepContext, { sentAt }: Attempt): boolean =>
  step.repeats === 'key' && now - sentAt < KEY_LIFETIME_MS && !isTooLate(step, row, now);

/** Whether the time is over in which a step may send. */
export const isTooLate = ({ sendBefore }: WriteStep, row: WorkflowRow, now: number): boolean =>
  sendBefore !== undefined && now >= sendBefore(row);

/** A step that may only send until some time looks again then, however long its wait would be. */
export function inTime(step: Step | undefined, row: WorkflowRow, decision: Decision, now: number): Decision {
  const before = step?.kind === 'write' ? step.sendBefore?.(row) : undefined;
  return decision.kind === 'wait' && before !== undefined && before > now ? { ...decision, dueBy: before } : decision;
}

const acceptedBy = (step: WriteStep, context: StepContext, memo: Memo, value: unknown): Settlement => ({
  kind: 'decided',
  decision: step.accepted(context, memo, value),
  version: versionOf(value),
});

/** A refused first attempt had no effect. */
export function firstAnswer(
  step: WriteStep,
  context: StepContext,
  memo: Memo,
  outcome: WriteOutcome<unknown>,
): Settlement {
  switch (outcome.kind) {
    case 'accepted':
      return acceptedBy(step, context, memo, outcome.value);
    case 'refused':
      return { kind: 'decided', decision: refusedBy(step, context, memo, outcome.status), refusal: outcome };
    case 'notSent': {
      const { reason, retryAfterMs } = outcome;
      if (STATUS_OF_US[reason] === undefined) return { kind: 'notSent', retryAfterMs };
      return { kind: 'decided', decision: waitUnsent(step.system, outcome) };
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

/**
 * The review of a row whose request Upvest answered with the object of another request: the key was used before with
 * another amount, currency or account group. That happens when the database was restored from an older copy and a
 * client reuses a key that is not known any more. The key belongs to the other request, so no attempt of this row had
 * an effect.
 */
const reviewOfOther = (made: string): Review =>
  review(
    `Upvest answered with ${made}: the idempotency key belongs to another request, e.g. one from before the database was restored. Upvest did nothing for this request.`,
  );

/** Reasons that count as refusals of the gateway: same metric, same history. */
const STATUS_OF_US: Readonly<Partial<Record<NotSentReason, number>>> = { unauthenticated: 401, 'rate-limited': 429 };

/** Decision after a refusal without an earlier effect. */
function refusedBy(step: WriteStep, context: StepContext, memo: Memo, status: number): Decision {
  const isOfTheRequest = speaksOfTheRequest(status) || step.refusedBy?.includes(status) === true;
  return isOfTheRequest ? step.refused(context, memo, status) : waitForUs(step.system, status);
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
export async function settleByLooking(
  step: WriteStep,
  context: StepContext,
  memo: Memo,
  attempt: Attempt,
): Promise<Settlement> {
  const seen = await lookOrNot(step, context, memo, attempt);
  switch (seen.kind) {
    case 'found':
      return acceptedBy(step, context, memo, seen.value);
    case 'absent':
      return mayStillArrive(context, attempt) ? { kind: 'unknown' } : { kind: 'undone' };
    case 'notKnown':
      return isGivenUp(context, attempt, seen) ? unsettled(step, context, memo, seen.because) : { kind: 'unknown' };
    default:
      return { kind: 'decided', decision: seen, inDoubt: seen.kind !== 'advance' };
  }
}

/** Reads in a row with an unavailable upstream: the gateway itself may have been stopped for a day. */
const LOOKS_WHILE_AWAY = 10;

const isGivenUp = ({ row, now }: StepContext, { sentAt }: Attempt, { isAway }: NotKnown): boolean =>
  now - sentAt >= KEY_LIFETIME_MS && (isAway !== true || row.attempts >= LOOKS_WHILE_AWAY);

/** The outcome can't be settled: a review, or the row ends in doubt. */
function unsettled(step: WriteStep, context: StepContext, memo: Memo, because = step.doubt): Settlement {
  const decision = step.unsettled?.(context, memo) ?? review(inDoubt(context, because));
  return { kind: 'decided', decision, inDoubt: decision.kind !== 'advance' };
}

const inDoubt = ({ row }: StepContext, what: string): string => `${what} (Step ${row.step}.)`;

/**
 * Decision after the answer to a repetition. Only an acceptance settles the earlier attempts, and so does an answer
 * with another object.
 */
export async function settleRepetition(
  step: WriteStep,
  context: StepContext,
  memo: Memo,
  attempt: Attempt,
  outcome: WriteOutcome<unknown>,
): Promise<Settlement> {
  if (outcome.kind === 'accepted') return acceptedBy(step, context, memo, outcome.value);
  if (outcome.kind === 'notSent') return { kind: 'unknown', answered: true };
  const other = outcome.kind === 'unknown' ? settleOther(outcome) : undefined;
  if (other !== undefined) return other;
  const seen = await lookOrNot(step, context, memo, attempt);
  if (seen.kind === 'found') return acceptedBy(step, context, memo, seen.value);
  if (seen.kind !== 'absent' && seen.kind !== 'notKnown') return { kind: 'decided', decision: seen, inDoubt: true };
  if (outcome.kind === 'unknown') return { kind: 'unknown' };
  if (seen.kind === 'absent' && !mayStillArrive(context, attempt)) {
    return { kind: 'decided', decision: refusedBy(step, context, memo, outcome.status), refusal: outcome };
  }
  return refusedRepetition(step, context, attempt, outcome, seen);
}

/** Unknown for as long as the refusal may pass, or the attempt before it may still arrive; then a review. */
function refusedRepetition(
  step: WriteStep,
  context: StepContext,
  attempt: Attempt,
  refusal: Refused,
  seen: Evidence<unknown>,
): Settlement {
  const { status } = refusal;
  const since = attempt.refusedSince ?? context.now;
  const maxMs = step.system === 'INVESTSUITE' && status === REBALANCING ? KEY_LIFETIME_MS : REFUSED_FOR_MS;
  if (context.now - since < Math.max(maxMs, 2 * context.lateArrivalMs)) {
    return { kind: 'unknown', answered: true, refusal };
  }
  const because = seen.kind === 'notKnown' ? seen.because : undefined;
  const reason = `${because ?? step.doubt} ${systemName(step.system)} has refused the same request since (${status}).`;
  return { kind: 'decided', decision: review(inDoubt(context, reason)), inDoubt: true, refusal };
}

/** A place that can't be read now is not known. */
async function lookOrNot(
  step: WriteStep,
  context: StepContext,
  memo: Memo,
  attempt: Attempt,
): Promise<Evidence<unknown> | Decision> {
  try {
    return await step.look(context, memo, attempt);
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
