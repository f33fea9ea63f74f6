import type { NewLogEvent, StateEntry, WorkflowRow } from '../../store/index.ts';
import type { HistoryRow } from '../../store/tables.ts';
import type { Step } from './step.ts';

/** One kind of durable work: its steps, and how it is told. */
export interface WorkflowDefinition {
  readonly kind: string;
  readonly steps: Readonly<Record<string, Step>>;
  /** The step for a nudged row at rest; without it the row rests again. */
  readonly recheck?: Step;
  /** Throws where the state may not follow. */
  readonly checkTransition: (from: string, to: string) => void;
  /** The event of a row entering its present state, with the row as it is then; undefined where that is nobody's news. */
  readonly event: (row: WorkflowRow, history: readonly HistoryRow[], at: number) => NewLogEvent | undefined;
  /** The mutation that cancels rows of this kind, where there is one: those who wait for it are answered. */
  readonly cancelMutation?: string;
}

/** The reason that the row itself carries after entering a state: only an end or a review has one. */
export const reasonOf = (entry: StateEntry): string | null =>
  ['FAILED', 'NEEDS_REVIEW', 'RETURNED', 'CANCELLED'].includes(entry.state) ? entry.reason : null;

/** The kind's definition; throws for a kind that this gateway does not know. */
export function requireDefinition(
  definitions: ReadonlyMap<string, WorkflowDefinition>,
  kind: string,
): WorkflowDefinition {
  const definition = definitions.get(kind);
  if (definition === undefined) throw new TypeError(`no workflow of kind ${kind}`);
  return definition;
}
