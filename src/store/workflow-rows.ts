import { isWorkflowKind, WORKFLOW_KINDS, type WorkflowKind } from '../domain/workflow-kinds.ts';
import type { StoredWorkflowRow, WorkflowRow } from './tables.ts';

/** A row whose kind, state or step this release does not know: a later one wrote it, or somebody else did. */
export class UnknownWorkflowError extends Error {
  constructor(row: StoredWorkflowRow, column: NamedColumn) {
    super(
      `the workflow ${row.id} of kind ${row.kind} has the ${column} ${row[column]}, which this release does not know`,
    );
  }
}

type NamedColumn = 'kind' | 'state' | 'resume_state' | 'step';

/** The first column with a text that is not among the names of the row's kind. */
function unknownColumn({ kind, state, resume_state: resumeState, step }: StoredWorkflowRow): NamedColumn | undefined {
  if (!isWorkflowKind(kind)) return 'kind';
  const { states, steps }: { readonly states: readonly string[]; readonly steps: readonly string[] } =
    WORKFLOW_KINDS[kind];
  if (!states.includes(state)) return 'state';
  if (resumeState !== null && !states.includes(resumeState)) return 'resume_state';
  return step === null || steps.includes(step) ? undefined : 'step';
}

const isKnown = (row: StoredWorkflowRow): row is WorkflowRow => unknownColumn(row) === undefined;

/** A row with texts, of the database or of a change, as one of its kind. Throws an UnknownWorkflowError. */
export function readWorkflow(stored: StoredWorkflowRow): WorkflowRow {
  if (isKnown(stored)) return stored;
  throw new UnknownWorkflowError(stored, unknownColumn(stored) ?? 'kind');
}

export const readWorkflows = (stored: readonly StoredWorkflowRow[]): WorkflowRow[] => stored.map(readWorkflow);

export const readWorkflowIfAny = (stored: StoredWorkflowRow | undefined): WorkflowRow | undefined =>
  stored && readWorkflow(stored);

export const isOfKind =
  <K extends WorkflowKind>(kind: K) =>
  (row: WorkflowRow): row is WorkflowRow<K> =>
    row.kind === kind;
