import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './idempotency.ts';
import type { HistoryRow, StoredWorkflowRow, WorkflowsTable } from './tables.ts';

/**
 * Form in which the audit stores each column of a workflow's row. `value`: unchanged. `hash`: long or confidential
 * texts. `none`: scheduling columns, which change with every attempt and move no money.
 */
export const AUDITED_COLUMNS = {
  kind: 'value',
  portfolio_id: 'value',
  account_group_id: 'value',
  amount: 'value',
  currency: 'value',
  input: 'hash',
  caller: 'value',
  idempotency_key: 'hash',
  upstream_key: 'value',
  created_at: 'value',
  state: 'value',
  reason: 'hash',
  resume_state: 'value',
  version: 'value',
  step: 'value',
  memo: 'hash',
  sent_at: 'value',
  progress: 'hash',
  sendings: 'hash',
  subject: 'value',
  reserved: 'value',
  cancel_requested_at: 'value',
  waiting_for: 'none',
  due_at: 'none',
  attempts: 'none',
  nudges: 'none',
  lease_owner: 'none',
  lease_until: 'none',
  fence: 'none',
  updated_at: 'none',
} as const satisfies Record<Exclude<keyof WorkflowsTable, 'id' | 'audited'>, 'value' | 'hash' | 'none'>;

type Column = keyof typeof AUDITED_COLUMNS;
const COLUMNS = Object.keys(AUDITED_COLUMNS) as Column[];

export const isAuditedColumn = (name: string): boolean =>
  COLUMNS.some((column) => column === name && AUDITED_COLUMNS[column] !== 'none');

/** Sequence, state, hash of the reason, time. */
const auditedHistoryEntry = z.tuple([z.number(), z.string(), z.string().nullable(), z.number()]).readonly();
export type AuditedHistory = z.infer<typeof auditedHistoryEntry>;

/** Columns of a row as the audit keeps them, by name; what is null is left out of a whole row. */
const auditedColumns = z.record(z.string(), z.union([z.string(), z.number(), z.null()])).readonly();
export type AuditedRow = z.infer<typeof auditedColumns>;

/**
 * Change of a row. `row` is the whole row with `whole`, else the columns that were set. `was` is the digest of the whole
 * row as the gateway found it, which reveals an edit that was overwritten since. `made`: the row was made by this.
 */
const rowChange = z
  .object({
    whole: z.literal(true).optional(),
    made: z.literal(true).optional(),
    row: auditedColumns,
    was: z.string().optional(),
    history: z.array(auditedHistoryEntry).readonly(),
  })
  .readonly();
export type RowChange = z.infer<typeof rowChange>;

/**
 * Version of the content of audit entries, which are kept for ever. It rises where this reader would misunderstand a
 * content, and the schema of the old one stays. Entries without a version are from before there were any, in the form of
 * version 1.
 */
const VERSION = 1;

const auditContent = z.object({
  v: z.literal(VERSION).optional(),
  /** The change of the subject's row; entries of the first releases have none. */
  change: rowChange.optional(),
  /** Idempotency key and input, in entries of accepted requests. */
  key: z.string().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
});
export type AuditContent = z.infer<typeof auditContent>;

export const writeAuditContent = (content: Readonly<Record<string, unknown>>): string =>
  canonicalJson({ v: VERSION, ...content });

/** Undefined where the content is of no form that this release knows: a later one wrote it, or somebody else did. */
export function readAuditContent(text: string): AuditContent | undefined {
  try {
    return auditContent.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const hashOfText = (text: string): string => createHash('sha256').update(text).digest('base64url');

function audited(row: Partial<StoredWorkflowRow>, column: Column): string | number | null {
  const value = row[column] ?? null;
  return AUDITED_COLUMNS[column] === 'hash' && typeof value === 'string' ? hashOfText(value) : value;
}

/** All audited columns that are not null. One that a later release adds is null in the rows of this one, and changes nothing. */
export function auditedRow(row: Partial<StoredWorkflowRow>): AuditedRow {
  const entries = COLUMNS.filter((column) => AUDITED_COLUMNS[column] !== 'none')
    .map((column) => [column, audited(row, column)] as const)
    .filter(([, value]) => value !== null);
  return Object.fromEntries(entries);
}

/** The one column that a command may set while a worker has the row: what the worker has read of it may be old. */
const SET_BY_COMMANDS: Column = 'cancel_requested_at';

/** Digest of a whole row but for {@link SET_BY_COMMANDS}. */
export function digestOf(row: AuditedRow): string {
  const entries = Object.entries(row).filter(([column, value]) => value !== null && column !== SET_BY_COMMANDS);
  return hashOfText(JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}

export const auditedHistory = ({ sequence, state, reason, at }: Omit<HistoryRow, 'workflow_id'>): AuditedHistory => [
  sequence,
  state,
  reason === null ? null : hashOfText(reason),
  at,
];

export const madeRow = (row: Partial<StoredWorkflowRow>, history: readonly AuditedHistory[]): RowChange => ({
  whole: true,
  made: true,
  row: auditedRow(row),
  history,
});

export interface RowCommit {
  /** As it was read before. */
  readonly before: StoredWorkflowRow;
  readonly after: StoredWorkflowRow;
  /** The columns that were set. */
  readonly set: readonly string[];
  readonly history: readonly AuditedHistory[];
}

/** Undefined where nothing changed that the audit keeps. */
export function changedRow({ before, after, set, history }: RowCommit): RowChange | undefined {
  const columns = COLUMNS.filter((column) => AUDITED_COLUMNS[column] !== 'none' && set.includes(column));
  const changed = columns.filter((column) => column === SET_BY_COMMANDS || before[column] !== after[column]);
  if (changed.length === 0 && history.length === 0) return undefined;
  // Columns that were not set are in `after` as they were found.
  const found = { ...after, ...Object.fromEntries(columns.map((column) => [column, before[column]])) };
  return {
    row: Object.fromEntries(changed.map((column) => [column, audited(after, column)])),
    was: digestOf(auditedRow(found)),
    history,
  };
}
