import {
  beginLock,
  insertWorkflow,
  lockInTransaction,
  lockWorkflow,
  nudge,
  type WorkflowRow,
  type Writing,
  workflowOfSubject,
} from '../../store/index.ts';
import type { WorkflowDefinition } from './definition.ts';
import { firstRow } from './first-row.ts';
import type { BegunRow, Decision } from './step.ts';

/** Begins the rows of a decision, in its transaction. One that is there already is woken instead. */
export async function beginRows(writing: Writing, parent: WorkflowRow, decision: Decision): Promise<void> {
  if (decision.kind === 'review') return;
  for (const begun of decision.begin ?? []) await beginRow(writing, parent, begun);
}

/** Begins a row that belongs to another one, with that one's portfolio. */
export async function beginRow(
  writing: Writing,
  parent: Pick<WorkflowRow, 'id' | 'kind' | 'portfolio_id'>,
  { id, kind, firstStep, input, money, subject, shared, progress }: BegunRow,
): Promise<void> {
  if (shared === true) await lockInTransaction(writing, beginLock(parent.portfolio_id));
  const isThere =
    (await lockWorkflow(writing, id)) !== undefined ||
    (subject !== null && (await workflowOfSubject(writing, subject)) !== undefined);
  if (isThere) return await nudge(writing, subject === null ? { workflowId: id } : { subject });
  const row = firstRow(writing, {
    id,
    kind,
    portfolioId: parent.portfolio_id,
    accountGroupId: money?.accountGroupId ?? null,
    amount: money?.amount ?? null,
    currency: money?.currency ?? null,
    firstStep,
    input,
    name: { caller: 'gateway', mutation: kind, idempotencyKey: id },
  });
  const content = { parent: parent.id, input };
  await insertWorkflow(
    writing,
    { ...row, subject, progress: progress ?? null },
    {
      states: [{ state: row.state, reason: null }],
      events: [],
      audit: [{ actor: 'gateway', action: `${kind} for ${parent.kind}`, subjectId: id, content }],
    },
  );
}

/** Wakes the row that waits for what this one has come to. */
export async function tellWaiting(writing: Writing, definition: WorkflowDefinition, row: WorkflowRow): Promise<void> {
  const workflowId = definition.awaitedBy?.(row);
  if (workflowId != null) await nudge(writing, { workflowId });
}
