import type { CompiledQuery } from 'kysely';
import type { WorkflowState } from '../domain/workflow-kinds.ts';
import type { AuditEntry } from './audit.ts';
import { auditedHistory, auditedRow, changedRow, type RowChange, type RowCommit } from './audited-rows.ts';
import { eventWrites, type NewLogEvent } from './event-log.ts';
import { fixed } from './fixed-statements.ts';
import type { Reading, Writing } from './store.ts';
import type { HistoryRow, WorkflowPatch, WorkflowRow } from './tables.ts';

/** A state that a row enters, as its history keeps it. */
export interface StateEntry<S extends WorkflowState = WorkflowState> {
  readonly state: S;
  readonly reason: string | null;
}

/** Records that are committed together with a change of a row. */
export interface Consequences {
  /** States entered, in order; their count is what `version` rises by. */
  readonly states: readonly StateEntry[];
  readonly events: readonly NewLogEvent[];
  readonly audit: readonly AuditEntry[];
}

interface Recorded extends Pick<Consequences, 'events' | 'audit'> {
  readonly history: readonly HistoryRow[];
  /** Undefined where the audit has nothing to keep of it. */
  readonly change: RowChange | undefined;
}

export async function record(
  writing: Writing,
  row: Pick<WorkflowRow, 'id' | 'kind'>,
  { history, events, audit, change }: Recorded,
  also: readonly CompiledQuery[] = [],
): Promise<void> {
  const historyWrites = writing.dialect.inserts(writing.db, 'workflow_history', history);
  await writing.dialect.together(writing.db, [...also, ...historyWrites, ...eventWrites(writing, events)]);
  for (const entry of withChange(row, audit, change)) writing.audit(entry);
}

/** The audit entry of a change is that of its cause; a step without one gets its own entry. */
function withChange(
  { id, kind }: Pick<WorkflowRow, 'id' | 'kind'>,
  audit: readonly AuditEntry[],
  change: RowChange | undefined,
): readonly AuditEntry[] {
  if (audit.length === 0) {
    if (change === undefined) return [];
    return [{ actor: 'gateway', action: `${kind} step`, subjectId: id, content: { change } }];
  }
  const nothing: RowChange = { row: {}, history: [] };
  return audit.map((entry, index) => ({
    ...entry,
    content: { ...entry.content, change: (index === 0 ? change : undefined) ?? nothing },
  }));
}

export function historyOfStates(
  writing: Pick<Writing, 'now'>,
  row: { readonly id: string; readonly version: number },
  states: readonly StateEntry[],
): HistoryRow[] {
  const at = writing.now();
  return states.map(({ state, reason }, index) => ({
    workflow_id: row.id,
    sequence: row.version + 1 + index,
    state,
    reason,
    at,
  }));
}

/** `before` is the row as it was read, `after` as it is now. */
export async function recordChange(
  writing: Writing,
  before: WorkflowRow,
  after: WorkflowRow,
  { states, events, audit, patch }: Consequences & { readonly patch: WorkflowPatch },
): Promise<void> {
  const history = historyOfStates(writing, before, states);
  const set = [...Object.keys(patch), 'version'];
  const change = await changeOf(writing, { before, after, set, history: history.map(auditedHistory) }, history);
  await record(writing, after, { history, events, audit, change });
}

/** The audit's data of a commit; for a row of an earlier release without entries, the whole row. */
async function changeOf(
  writing: Writing,
  commit: RowCommit,
  history: readonly HistoryRow[],
): Promise<RowChange | undefined> {
  const { before, after } = commit;
  if (before.audited === 1) return changedRow(commit);
  const earlier = (await historyOf(writing, [after.id])).get(after.id) ?? [];
  return { whole: true, row: auditedRow(after), history: [...earlier, ...history].map(auditedHistory) };
}

const histories = (db: Reading['db'], ids: readonly string[]) =>
  db
    .selectFrom('workflow_history')
    .selectAll()
    .where('workflow_id', 'in', ids)
    .orderBy('workflow_id')
    .orderBy('sequence');
const historyOfOne = fixed((db) => histories(db, ['']));

/** The state changes of rows, oldest first, by row. */
export async function historyOf(
  reading: Reading,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly HistoryRow[]>> {
  const byRow = new Map<string, HistoryRow[]>(ids.map((id) => [id, []]));
  if (ids.length === 0) return byRow;
  const query = ids.length === 1 ? historyOfOne.with(reading, ids) : histories(reading.db, ids).compile();
  const { rows } = await reading.db.executeQuery(query);
  for (const row of rows) byRow.get(row.workflow_id)?.push(row);
  return byRow;
}
