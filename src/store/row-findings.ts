import { sql } from 'kysely';
import {
  type AuditContent,
  type AuditedHistory,
  type AuditedRow,
  auditedHistory,
  auditedRow,
  digestOf,
  isAuditedColumn,
  type RowChange,
  readAuditContent,
} from './audited-rows.ts';
import { inputHash } from './idempotency.ts';
import type { Reading } from './store.ts';
import type { AuditRow, HistoryRow, IdempotencyKeyRow, StoredWorkflowRow } from './tables.ts';

/** A row of the database that differs from the audit. */
export interface RowFinding {
  readonly table: 'workflows' | 'workflow_history' | 'idempotency_keys';
  /** Id of the workflow. */
  readonly workflow: string;
  /** Null where it is the whole row, or where it is not known any more which column it was. */
  readonly column: string | null;
  /** `sequence` of a row of the history; null else. */
  readonly sequence: number | null;
  /**
   * `altered and worked on`: a gateway has found a row with other values than it was left with, and has continued. The
   * column is not known then.
   */
  readonly problem: 'altered' | 'removed' | 'inserted' | 'altered and worked on';
}

export interface RowsVerdict {
  readonly workflows: number;
  /** Workflows of which the audit has a part: accepted by an earlier release, and not worked on since. */
  readonly partlyKnown: number;
  readonly rowFindings: readonly RowFinding[];
}

/** Undefined for entries of the first releases, which do not contain the row's columns. */
const changeIn = (content: string): RowChange | undefined => readAuditContent(content)?.change;

/** The request that an entry is of; undefined where it is of none. */
function requestIn(content: string): Required<Pick<AuditContent, 'key' | 'input'>> | undefined {
  const { key, input } = readAuditContent(content) ?? {};
  return key === undefined || input === undefined ? undefined : { key, input };
}

const PAGE = 200;

/**
 * Compares every workflow, its history and its idempotency keys with the audit. Each page is one snapshot, so gateways
 * may go on writing.
 */
export async function verifyRows(reading: Reading): Promise<RowsVerdict> {
  const rowFindings: RowFinding[] = [];
  let workflows = 0;
  let partlyKnown = 0;
  for (let after = ''; ; ) {
    const page = await readPage(reading, after);
    const last = page.rows.at(-1);
    if (last === undefined) return { workflows, partlyKnown, rowFindings };
    for (const row of page.rows) {
      const entries = page.entries.get(row.id) ?? [];
      const { isWhole, findings } = verifyRow(row, entries, page.history.get(row.id) ?? []);
      rowFindings.push(...findings, ...checkKeys(row.id, entries, page.keys));
      if (!isWhole) partlyKnown += 1;
    }
    workflows += page.rows.length;
    after = last.id;
  }
}

/** Workflows whose making is among these rows of the audit, and which are not there any more. */
export async function removedWorkflows({ db }: Reading, entries: readonly AuditRow[]): Promise<RowFinding[]> {
  const made = entries.filter(({ content }) => changeIn(content)?.made === true).map((entry) => entry.subject_id);
  if (made.length === 0) return [];
  const there = await db.selectFrom('workflows').select('id').where('id', 'in', made).execute();
  const ids = new Set(there.map(({ id }) => id));
  return made.filter((id) => !ids.has(id)).map((id) => finding(id, { problem: 'removed' }));
}

type Entry = Pick<AuditRow, 'subject_id' | 'actor' | 'action' | 'content'>;

interface Page {
  readonly rows: readonly StoredWorkflowRow[];
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
  readonly history: ReadonlyMap<string, readonly HistoryRow[]>;
  readonly keys: readonly IdempotencyKeyRow[];
}

async function readPage(reading: Reading, after: string): Promise<Page> {
  const transaction = reading.db.transaction().setIsolationLevel('repeatable read');
  return await transaction.execute(async (db) => {
    const workflows = db.selectFrom('workflows').selectAll().where('id', '>', after);
    const rows = await workflows.orderBy('id').limit(PAGE).execute();
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return { rows, entries: new Map(), history: new Map(), keys: [] };
    const entries = await db
      .selectFrom('audit')
      .select(['subject_id', 'actor', 'action', 'content'])
      .where('subject_id', 'in', ids)
      .orderBy('subject_id')
      .orderBy('sequence')
      .execute();
    const history = await db.selectFrom('workflow_history').selectAll().where('workflow_id', 'in', ids).execute();
    const keys = await keysOf(db, entries);
    return {
      rows,
      entries: groupBy(entries, (entry) => entry.subject_id),
      history: groupBy(history, (entry) => entry.workflow_id),
      keys,
    };
  });
}

/** The keys of the requests among these entries, by primary key: there is no index by workflow. */
async function keysOf(db: Reading['db'], entries: readonly Entry[]): Promise<readonly IdempotencyKeyRow[]> {
  const asked = entries.flatMap(({ actor, content }) => {
    const request = requestIn(content);
    return request === undefined ? [] : [sql`(${actor}, ${request.key})`];
  });
  if (asked.length === 0) return [];
  const isAsked = sql<boolean>`(${sql.ref('caller')}, ${sql.ref('key')}) in (values ${sql.join(asked)})`;
  return await db.selectFrom('idempotency_keys').selectAll().where(isAsked).execute();
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

const finding = (workflow: string, more: Pick<RowFinding, 'problem'> & Partial<RowFinding>): RowFinding => ({
  table: 'workflows',
  workflow,
  column: null,
  sequence: null,
  ...more,
});

/** `isWhole`: the audit has all of the row. */
interface RowVerdict {
  readonly isWhole: boolean;
  readonly findings: readonly RowFinding[];
}

function verifyRow(actual: StoredWorkflowRow, entries: readonly Entry[], history: readonly HistoryRow[]): RowVerdict {
  const changes = entries.map(({ content }) => changeIn(content));
  if (!isExplained(actual, changes)) return { isWhole: true, findings: [finding(actual.id, { problem: 'inserted' })] };
  const known = fold(changes);
  const findings = known.wasOther ? [finding(actual.id, { problem: 'altered and worked on' })] : [];
  findings.push(...compareColumns(actual, known));
  if (known.isWhole) findings.push(...compareHistory(actual.id, known.history, history));
  return { isWhole: known.isWhole, findings };
}

/**
 * A row's first entry is of its making, or of an earlier release. There, rows that follow an order had no entry; they have
 * no amount.
 */
function isExplained({ amount, audited }: StoredWorkflowRow, changes: readonly (RowChange | undefined)[]): boolean {
  if (changes.length === 0) return amount === null && audited === null;
  const [first] = changes;
  return first === undefined || first.made === true || amount === null;
}

interface Known {
  /** By column. One that is not there is null where the row is whole, else nothing is known of it. */
  readonly row: AuditedRow;
  readonly history: readonly AuditedHistory[];
  readonly isWhole: boolean;
  readonly wasOther: boolean;
}

/** Folds the audit entries of one row, oldest first, into its expected state. */
function fold(changes: readonly (RowChange | undefined)[]): Known {
  let known: Known = { row: {}, history: [], isWhole: false, wasOther: false };
  for (const change of changes) {
    if (change === undefined) known = { ...known, row: {}, history: [], isWhole: false };
    else if (change.whole === true) known = { ...known, row: change.row, history: change.history, isWhole: true };
    else {
      const isOther = known.isWhole && change.was !== undefined && change.was !== digestOf(known.row);
      known = {
        row: { ...known.row, ...change.row },
        history: [...known.history, ...change.history],
        isWhole: known.isWhole,
        wasOther: known.wasOther || isOther,
      };
    }
  }
  return known;
}

function compareColumns(actual: StoredWorkflowRow, known: Known): RowFinding[] {
  const is = auditedRow(actual);
  const columns = new Set([...Object.keys(known.row), ...(known.isWhole ? Object.keys(is) : [])]);
  return [...columns]
    .filter((column) => isAuditedColumn(column) && (is[column] ?? null) !== (known.row[column] ?? null))
    .map((column) => finding(actual.id, { column, problem: 'altered' }));
}

const HISTORY_COLUMNS = ['sequence', 'state', 'reason', 'at'] as const;

function compareHistory(
  workflow: string,
  known: readonly AuditedHistory[],
  rows: readonly HistoryRow[],
): readonly RowFinding[] {
  const actual = new Map(rows.map((row) => [row.sequence, auditedHistory(row)]));
  const expected = new Map(known.map((entry) => [entry[0], entry]));
  const of = (sequence: number, problem: RowFinding['problem'], column: string | null = null): RowFinding =>
    finding(workflow, { table: 'workflow_history', sequence, column, problem });
  const removed = [...expected.keys()].filter((sequence) => !actual.has(sequence)).map((each) => of(each, 'removed'));
  const others = [...actual].flatMap(([sequence, entry]) => {
    const told = expected.get(sequence);
    if (told === undefined) return [of(sequence, 'inserted')];
    return HISTORY_COLUMNS.flatMap((column, at) => (told[at] === entry[at] ? [] : [of(sequence, 'altered', column)]));
  });
  return [...removed, ...others];
}

/** Each request that was taken on has its key: without it the same request would be taken on again. */
function checkKeys(workflow: string, entries: readonly Entry[], keys: readonly IdempotencyKeyRow[]): RowFinding[] {
  return entries.flatMap(({ actor, action, content }) => {
    const request = requestIn(content);
    if (request === undefined) return [];
    const of = (problem: RowFinding['problem'], column: string | null = null): RowFinding =>
      finding(workflow, { table: 'idempotency_keys', column, problem });
    const row = keys.find((each) => each.subject_id === workflow && each.caller === actor && each.key === request.key);
    if (row === undefined) return [of('removed')];
    return [
      ...(row.mutation === action ? [] : [of('altered', 'mutation')]),
      ...(row.input_hash === inputHash(action, request.input) ? [] : [of('altered', 'input_hash')]),
    ];
  });
}
