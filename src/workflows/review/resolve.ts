import { invalid } from '../../domain/checked.ts';
import { type Failure, forbidden, keyReused, notFound } from '../../domain/failures.ts';
import { checkDescription } from '../../domain/input-rules.ts';
import { isOperator } from '../../domain/viewer.ts';
import {
  changeWorkflow,
  type IdempotencyKeyRow,
  lockWorkflow,
  type Reading,
  releaseLocks,
  type WorkflowRow,
  type Writing,
} from '../../store/index.ts';
import {
  type Caller,
  type CashServices,
  type CommandResult,
  callerKeyOf,
  checkIdempotencyKey,
  isSameRequest,
  type Request,
  readObject,
  recallRequest,
  takeRequestKey,
} from '../accept.ts';
import { tellWaiting } from '../engine/begun.ts';
import { answerCancel, consequencesOf, type Effect, effectOf, enteredBy } from '../engine/changes.ts';
import { requireDefinition, type WorkflowDefinition } from '../engine/definition.ts';
import { withNote } from '../engine/sendings.ts';
import { enter, LATE_ARRIVAL_MS, type ReviewContext, type Step } from '../engine/step.ts';
import { type CashRequest, objectOf } from '../objects.ts';

export const REVIEW_OUTCOMES = ['DONE', 'NOT_DONE', 'RETRY'] as const;
export type ReviewOutcome = (typeof REVIEW_OUTCOMES)[number];

export interface ResolveReviewInput {
  readonly id: string;
  readonly outcome: ReviewOutcome;
  /** The operator's note, for the audit. */
  readonly note: string;
  readonly idempotencyKey: string;
}

/** Services of a decision; it asks no upstream. */
export type ReviewServices = Pick<CashServices, 'store' | 'engine'>;

/**
 * Resolves a review by an operator's decision. Failures, in this order: Forbidden; InvalidInput (key);
 * IdempotencyKeyReused; InvalidInput (note); NotFound; InvalidInput (id: not in review; outcome: the step allows only
 * RETRY).
 */
export async function resolveReview(
  services: ReviewServices,
  caller: Caller,
  input: ResolveReviewInput,
): Promise<CommandResult<CashRequest>> {
  if (!isOperator(caller.viewer)) return forbidden('Resolving reviews requires the scope operator.');
  const wrongKey = checkIdempotencyKey(input.idempotencyKey);
  if (wrongKey !== undefined) return wrongKey;
  const { id, outcome, note } = input;
  const request = { mutation: 'resolveReview', idempotencyKey: input.idempotencyKey, input: { id, outcome, note } };
  const { store } = services;
  const known = await store.read(async (reading) => {
    const row = await recallRequest(reading, caller, request);
    return row && (await replayed(reading, request, row));
  });
  if (known !== undefined) return known;
  const wrongNote = checkDescription('note', note);
  if (wrongNote !== undefined) return wrongNote;
  return await store.write((writing) => resolve(services, writing, { caller, request, input }));
}

async function replayed(
  reading: Reading,
  request: Request,
  known: IdempotencyKeyRow,
): Promise<CommandResult<CashRequest>> {
  if (!isSameRequest(request, known)) return keyReused;
  const value = await readObject(reading, known.subject_id);
  return value === undefined ? NOTHING_THERE : { kind: 'success', value, replayed: true };
}

const NOTHING_THERE: Failure = notFound('There is no object with this id that can be reviewed.');

interface Resolving {
  readonly caller: Caller;
  readonly request: Request;
  readonly input: ResolveReviewInput;
}

async function resolve(
  services: ReviewServices,
  writing: Writing,
  { caller, request, input }: Resolving,
): Promise<CommandResult<CashRequest>> {
  const row = await lockWorkflow(writing, input.id);
  if (row === undefined || objectOf(row, []) === undefined) return NOTHING_THERE;
  if (row.state !== 'NEEDS_REVIEW') return await perhapsReplayed(writing, request, caller);
  const definition = requireDefinition(services.engine.definitions, row.kind);
  const step = row.step === null ? definition.recheck : definition.steps[row.step];
  const effect = decide(services, writing, { row, step, outcome: input.outcome });
  if (effect === undefined) return invalid('outcome', 'Only RETRY is possible for this step.');
  const known = await takeRequestKey(writing, caller, request, row.id);
  if (known !== undefined) return isSameRequest(request, known) ? NOTHING_THERE : keyReused;
  await apply(writing, { definition, row, step, effect, actor: callerKeyOf(caller), input });
  const value = await readObject(writing, row.id);
  return value === undefined ? NOTHING_THERE : { kind: 'success', value, replayed: false };
}

/** Another request with this key may have resolved it a moment ago. */
async function perhapsReplayed(
  writing: Writing,
  request: Request,
  caller: Caller,
): Promise<CommandResult<CashRequest>> {
  const known = await recallRequest(writing, caller, request);
  return known === undefined
    ? invalid('id', 'This object does not need a review.')
    : await replayed(writing, request, known);
}

interface Deciding {
  readonly row: WorkflowRow;
  readonly step: Step | undefined;
  readonly outcome: ReviewOutcome;
}

type Resolved = Effect & { readonly decision?: ReturnType<typeof decisionOf> };

const TRIED_AGAIN = 'Tried again at the request of an operator.';

function decide(services: ReviewServices, writing: Writing, deciding: Deciding): Resolved | undefined {
  const { row, outcome } = deciding;
  const back = enter(row.resume_state ?? 'REQUESTED');
  if (outcome === 'RETRY') {
    const again = { ...back, reason: TRIED_AGAIN };
    return { states: [again], patch: { resume_state: null, attempts: 0, due_at: writing.now() } };
  }
  const decision = decisionOf(services, writing, deciding);
  if (decision === undefined) return undefined;
  const effect = effectOf(row, decision, {
    now: writing.now(),
    random: services.store.runtime.random,
    keepMark: false,
  });
  // A decision that enters no state by itself goes on from where the review began.
  const states = effect.states.length === 0 ? [back] : effect.states;
  return { states, patch: { resume_state: null, ...effect.patch }, decision };
}

function decisionOf({ store }: ReviewServices, writing: Writing, { row, step, outcome }: Deciding) {
  const context: ReviewContext = {
    row,
    read: (work) => work(writing),
    now: writing.now(),
    runtime: store.runtime,
    lateArrivalMs: LATE_ARRIVAL_MS,
  };
  return outcome === 'DONE' ? step?.resolve?.done(context) : step?.resolve?.notDone(context);
}

interface Applying {
  readonly definition: WorkflowDefinition;
  readonly row: WorkflowRow;
  readonly step: Step | undefined;
  readonly effect: Resolved;
  readonly actor: string;
  readonly input: ResolveReviewInput;
}

async function apply(writing: Writing, { definition, row, step, effect, actor, input }: Applying): Promise<void> {
  const { states, patch, decision } = effect;
  const note = { review: input.outcome, note: input.note, reviewed: row.reason };
  const consequences = await consequencesOf(writing, definition, { row, states, patch, actor, note });
  const entered = { ...patch, ...enteredBy(states), ...withNote(row, input.note) };
  const changed = await changeWorkflow(writing, row, entered, consequences);
  if (step?.lock !== undefined && decision !== undefined) await releaseLocks(writing, row.id);
  if (decision !== undefined) await answerCancel(writing, definition, changed, decision);
  await tellWaiting(writing, definition, changed);
}
