import type { Transitions } from '../../domain/state-change.ts';
import type { StateOf, StepOf, WorkflowKind, WorkflowState } from '../../domain/workflow-kinds.ts';
import type { NewLogEvent, StateEntry, WorkflowRow } from '../../store/index.ts';
import type { HistoryRow } from '../../store/tables.ts';
import type { Step } from './step.ts';

/** One kind of durable work: its steps, and its events. */
export interface WorkflowDefinition<K extends WorkflowKind = WorkflowKind> {
  readonly kind: K;
  readonly steps: { readonly [S in StepOf<K>]?: Step<K> };
  /** The step for a nudged row at rest; without it the row rests again. */
  readonly recheck?: Step<K>;
  /** Which states may follow which; one that may be entered again (with another reason) lists itself. */
  readonly transitions: { readonly [S in StateOf<K>]?: readonly StateOf<K>[] };
  /** The event of a row entering its present state, with the row as it is then; undefined for a state without an event. */
  readonly event: (row: WorkflowRow, history: readonly HistoryRow[], at: number) => NewLogEvent | undefined;
  /** The id of the row to wake now that this one is as it is; null where none waits for it. */
  readonly awaitedBy?: (row: WorkflowRow) => string | null;
  /** The mutation that cancels rows of this kind, where there is one: those who wait for it are answered. */
  readonly cancelMutation?: string;
}

/** The reason that the row itself carries after entering a state: only an end, a review or a problem has one. */
export const reasonOf = (entry: StateEntry): string | null => (REASONED.has(entry.state) ? entry.reason : null);

const REASONED: ReadonlySet<WorkflowState> = new Set([
  ...(['FAILED', 'NEEDS_REVIEW', 'RETURNED', 'CANCELLED', 'REJECTED', 'EXPIRED'] as const),
  ...(['PROBLEM', 'DRIFTED', 'UNMATCHED'] as const),
]);

/** A kind with all its steps and states, as its author writes it; the engine looks steps and states up by a row's. */
export type CompleteDefinition<K extends WorkflowKind> = Omit<WorkflowDefinition<K>, 'steps' | 'transitions'> & {
  readonly steps: Readonly<Record<StepOf<K>, Step<K>>>;
  readonly transitions: Transitions<StateOf<K>>;
};

/** The step that a row is in; of one that has come to rest, how it looks again. */
export const stepOf = ({ steps, recheck }: WorkflowDefinition, row: Pick<WorkflowRow, 'step'>): Step | undefined =>
  row.step === null ? recheck : steps[row.step];

/** Throws where the state may not follow. */
export function checkTransition(
  { kind, transitions }: WorkflowDefinition,
  from: WorkflowState,
  to: WorkflowState,
): void {
  if (transitions[from]?.includes(to) !== true) throw new TypeError(`${kind}: ${to} may not follow ${from}`);
}

/** The kind's definition; throws for a kind that this gateway does not know. */
export function requireDefinition(
  definitions: ReadonlyMap<string, WorkflowDefinition>,
  kind: string,
): WorkflowDefinition {
  const definition = definitions.get(kind);
  if (definition === undefined) throw new TypeError(`no workflow of kind ${kind}`);
  return definition;
}
