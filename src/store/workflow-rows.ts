import { isWorkflowKind, WORKFLOW_KINDS } from '../domain/workflow-kinds.ts';
import type { StoredWorkflowRow, WorkflowRow } from './tables.ts';

/** A row whose kind, state or step this release does not know: a later one wrote it, or somebody else did. */
export class UnknownWorkflowError extends Error {
  constructor({ id, kind }: StoredWorkflowRow, column: string, text: string) {
    super(`the workflow ${id} of kind ${kind} has the ${column} ${text}, which this release does not know`);
  }
}

/** A row as the database has it, with its texts found among the names of its kind. Throws an UnknownWorkflowError. */
export function readWorkflow(stored: StoredWorkflowRow): WorkflowRow {
  const { kind } = stored;
  if (!isWorkflowKind(kind)) throw new UnknownWorkflowError(stored, 'kind', kind);
  const { states, steps } = WORKFLOW_KINDS[kind];
  const among = <T extends string>(names: readonly T[], column: string, text: string): T => {
    const name = names.find((each) => each === text);
    if (name === undefined) throw new UnknownWorkflowError(stored, column, text);
    return name;
  };
  return {
    ...stored,
    kind,
    state: among(states, 'state', stored.state),
    resume_state: stored.resume_state === null ? null : among(states, 'resume_state', stored.resume_state),
    step: stored.step === null ? null : among(steps, 'step', stored.step),
  };
}

export const readWorkflows = (stored: readonly StoredWorkflowRow[]): WorkflowRow[] => stored.map(readWorkflow);

export const readWorkflowIfAny = (stored: StoredWorkflowRow | undefined): WorkflowRow | undefined =>
  stored && readWorkflow(stored);
