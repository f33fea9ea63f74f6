import type { StateOf, WorkflowState } from '../../domain/workflow-kinds.ts';
import { endOf } from '../engine/sendings.ts';
import { type Advance, enter, type ObserveStep, type ReviewContext, review, type StepContext } from '../engine/step.ts';
import type { CashKind } from './definition.ts';
import { stateIn } from './rows.ts';

/** How a kind of row looks again at an end that the broker contradicts. */
export interface AfterEnd<K extends CashKind> {
  readonly states: readonly StateOf<K>[];
  /** Whether the broker reported an effect that contradicts the end. Reads the inbox only. */
  readonly stillMoves: (context: StepContext) => Promise<boolean>;
  /** Goes on, where a person has found that the effect is the row's. */
  readonly done: (context: ReviewContext) => Advance<K>;
}

/** Ends that say that nothing was done. */
const NOTHING_DONE: ReadonlySet<WorkflowState> = new Set(['FAILED', 'CANCELLED']);

/** Recheck of an ended row after an event. */
export const recheckAfterEnd = <K extends CashKind>({ states, stillMoves, done }: AfterEnd<K>): ObserveStep<K> => ({
  kind: 'observe',
  run: async (context) => {
    const { row } = context;
    const contradicts = NOTHING_DONE.has(row.state) && row.subject !== null && (await stillMoves(context));
    return contradicts ? review(contradiction(row.state)) : { kind: 'advance', step: null };
  },
  resolve: { done, notDone: (context) => staysEnded(context, states) },
});

export const contradiction = (state: string): string =>
  `Upvest reported an effect, but the state here is ${state}. Find out whether the effect belongs to this object.`;

/** The row stays as it had ended. */
export function staysEnded<K extends CashKind>(
  { row }: Pick<StepContext, 'row'>,
  states: readonly StateOf<K>[],
): Advance<K> {
  const { state, reason } = endOf(row) ?? { state: row.resume_state ?? 'FAILED', reason: null };
  return { kind: 'advance', states: [enter(stateIn(states, state), reason)], step: null };
}
