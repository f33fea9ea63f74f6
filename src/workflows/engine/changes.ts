import type { WorkflowKind, WorkflowState } from '../../domain/workflow-kinds.ts';
import { systemName } from '../../errors.ts';
import {
  answerKeys,
  type Consequences,
  type HistoryRow,
  historyOf,
  readWorkflow,
  type StateEntry,
  type WorkflowPatch,
  type WorkflowRow,
  type Writing,
} from '../../store/index.ts';
import { backoffFor, delayMs } from './backoff.ts';
import { checkTransition, reasonOf, type WorkflowDefinition } from './definition.ts';
import { keepJson } from './kept-json.ts';
import { sendingOf } from './sendings.ts';
import type { CancelAnswer, Decision, Wait } from './step.ts';

/** The change that a decision makes to its row. */
export interface Effect {
  readonly states: readonly StateEntry[];
  readonly patch: WorkflowPatch;
}

/** Attempts in a row after which the history has the reason of the wait. */
const NOTE_AFTER = 3;

const NOTES: Readonly<Partial<Record<string, string>>> = {
  upvest: 'Upvest is not available. The gateway retries.',
  investsuite: 'InvestSuite is not available. The gateway retries.',
  rebalancing: 'InvestSuite is rebalancing the portfolio. The gateway retries.',
};

/** The reason while repetitions of a request in doubt are refused. */
function noteOfRefused(row: WorkflowRow, reason: string): string | undefined {
  const status = sendingOf(row, row.step ?? '')?.refused?.status;
  if (status === undefined || (reason !== 'upvest' && reason !== 'investsuite')) return undefined;
  const system = systemName(reason === 'upvest' ? 'UPVEST' : 'INVESTSUITE');
  return `${system} refused a repetition (${status}) of a request whose answer was lost. The gateway looks for the effect of that request.`;
}

interface EffectOptions {
  readonly now: number;
  /** Spreads retries. */
  readonly random: () => number;
  /** The outcome is still unknown, so mark and memo stay. */
  readonly keepMark: boolean;
}

export function effectOf(row: WorkflowRow, decision: Decision, { now, random, keepMark }: EffectOptions): Effect {
  const unmarked = keepMark ? {} : { memo: null, sent_at: null };
  switch (decision.kind) {
    case 'advance': {
      const next = { step: decision.step, due_at: decision.step === null ? null : now };
      // A step that begins again after a wait has not got on: the next wait is a longer one.
      const isAgain = decision.step !== null && decision.step === row.step;
      const waited = isAgain ? {} : { waiting_for: null, attempts: 0 };
      const over = decision.step === null ? { cancel_requested_at: null } : {};
      const patch = { ...decision.patch, ...next, ...over, memo: null, sent_at: null, ...waited };
      return { states: decision.states ?? [], patch };
    }
    case 'wait': {
      const attempts = row.waiting_for === decision.for ? row.attempts + 1 : 1;
      const inTurn = now + delayMs(backoffFor(decision.for), attempts - 1, random, decision.retryAfterMs);
      const due_at = Math.min(inTurn, Math.max(now, decision.dueBy ?? inTurn));
      const step = decision.step ?? row.step;
      const patch = { ...decision.patch, ...unmarked, step, waiting_for: decision.for, attempts, due_at };
      return { states: [...(decision.states ?? []), ...noteOf(row, decision, attempts, keepMark)], patch };
    }
    case 'review': {
      const resume_state = row.state === 'NEEDS_REVIEW' ? row.resume_state : row.state;
      const patch = { ...unmarked, resume_state, waiting_for: null, attempts: 0, due_at: null };
      return { states: [{ state: 'NEEDS_REVIEW', reason: decision.reason }], patch };
    }
    default:
      return decision satisfies never;
  }
}

/** Whether a decision tells nobody anything, nor the audit, and settles nothing: a power cut that undoes it has the step run again. */
export const isNoMoreThanWait = (row: WorkflowRow, decision: Decision, states: readonly StateEntry[]): boolean =>
  decision.kind === 'wait' &&
  states.length === 0 &&
  row.sent_at === null &&
  row.audited === 1 &&
  (decision.step ?? row.step) === row.step &&
  decision.patch === undefined &&
  decision.begin === undefined &&
  decision.cancelAnswer === undefined;

function noteOf(
  row: WorkflowRow,
  { for: reason, note: own }: Pick<Wait<WorkflowKind>, 'for' | 'note'>,
  attempts: number,
  keepMark: boolean,
): StateEntry[] {
  if (attempts !== NOTE_AFTER) return [];
  const note = own ?? (keepMark ? noteOfRefused(row, reason) : undefined) ?? NOTES[reason];
  return note === undefined ? [] : [{ state: row.state, reason: note }];
}

export interface Change extends Effect {
  readonly row: WorkflowRow;
  /** A caller, or `gateway`. */
  readonly actor: string;
  /** Further data for the audit, e.g. an operator's note. */
  readonly note?: object | undefined;
  /** The row's history, where it is known: as it was when the row was read. */
  readonly known?: readonly HistoryRow[] | undefined;
}

/** Events and audit of a row that enters states, and its history with them. Throws where one may not follow. */
export async function consequencesOf(
  writing: Writing,
  definition: WorkflowDefinition,
  { row, states, patch, actor, note, known }: Change,
): Promise<Consequences & { readonly history: readonly HistoryRow[] | undefined }> {
  if (states.length === 0) {
    const entry = { actor, action: `${row.kind} step`, subjectId: row.id, content: { ...note } };
    return { states, events: [], audit: note === undefined ? [] : [entry], history: known };
  }
  const at = writing.now();
  const history = [...(known ?? (await historyBefore(writing, row)))];
  let from: WorkflowState = row.state;
  const events = states.flatMap((entry) => {
    checkTransition(definition, from, entry.state);
    from = entry.state;
    history.push({ ...entry, workflow_id: row.id, sequence: history.length + 1, at });
    const then = readWorkflow({ ...row, ...patch, state: entry.state, reason: reasonOf(entry), updated_at: at });
    return definition.event(then, [...history], at) ?? [];
  });
  const { portfolio_id: portfolioId, amount, currency } = row;
  const content = { portfolioId, amount, currency, from: row.state, states, ...note };
  return { states, events, audit: [{ actor, action: `${row.kind} ${from}`, subjectId: row.id, content }], history };
}

/** That of a row that was accepted and never changed can be told without reading it. */
async function historyBefore(writing: Writing, row: WorkflowRow): Promise<readonly HistoryRow[]> {
  if (row.version === 1 && row.state === 'REQUESTED')
    return [{ workflow_id: row.id, sequence: 1, state: row.state, reason: null, at: row.created_at }];
  return (await historyOf(writing, [row.id])).get(row.id) ?? [];
}

function cancelAnswerOf(row: WorkflowRow, decision: Decision): CancelAnswer | undefined {
  if (decision.kind === 'review') return undefined;
  const isOver = decision.kind === 'advance' && decision.step === null;
  const last = row.state === 'CANCELLED' ? 'cancelled' : 'notCancellable';
  return decision.cancelAnswer ?? (isOver ? last : undefined);
}

/** The columns that entering states sets. */
export function enteredBy(states: readonly StateEntry[]): WorkflowPatch {
  const last = states.at(-1);
  return last === undefined ? {} : { state: last.state, reason: reasonOf(last) };
}

/**
 * Writes the answer to cancellation requests, where the decision has one. A row that has come to its end answers those too that
 * came while it was decided: nobody would look at it again.
 */
export async function answerCancel(
  writing: Writing,
  definition: WorkflowDefinition,
  row: WorkflowRow,
  decision: Decision,
): Promise<void> {
  const answer = cancelAnswerOf(row, decision);
  if (answer === undefined || definition.cancelMutation === undefined) return;
  await answerKeys(writing, definition.cancelMutation, row.id, keepJson({ answer, state: row.state }));
}
