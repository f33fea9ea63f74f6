import type { ColumnType, Generated, Insertable, Selectable, Updateable } from 'kysely';
import type { DateTime } from '../domain/datetime.ts';
import type { Decimal } from '../domain/decimal.ts';
import type { AccountGroupId, PortfolioId, TransactionId } from '../domain/ids.ts';
import type { Isin } from '../domain/instrument.ts';
import type { StateOf, StepOf, WorkflowKind } from '../domain/workflow-kinds.ts';

/**
 * The tables of both databases. Times are milliseconds since 1970 by the store's clock, amounts are decimal text, flags
 * are 0 or 1, JSON is text: the same values in SQLite and PostgreSQL.
 */
export interface Tables {
  readonly workflows: WorkflowsTable;
  readonly workflow_history: WorkflowHistoryTable;
  readonly idempotency_keys: IdempotencyKeysTable;
  readonly inbox: InboxTable;
  readonly event_log: EventLogTable;
  readonly log_meta: LogMetaTable;
  readonly locks: LocksTable;
  readonly seen_transactions: SeenTransactionsTable;
  readonly seen_account_groups: SeenAccountGroupsTable;
  readonly audit: AuditTable;
  readonly audit_heads: AuditHeadsTable;
  readonly allowances: AllowancesTable;
  readonly schema_floor: SchemaFloorTable;
  readonly tenant_profile: TenantProfileTable;
  readonly instruments: InstrumentsTable;
  readonly instrument_copy: InstrumentCopyTable;
  readonly instrument_requests: InstrumentRequestsTable;
  readonly sweeps: SweepsTable;
}

/** Name of a lock, see locks.ts. */
export type LockName = `${'portfolio' | 'transaction' | 'external-id' | 'cash' | 'promise' | 'begin'}:${string}`;

/** A column that is set once, when the row is made. */
type Fixed<T> = ColumnType<T, T, never>;

/**
 * A request that must reach an end: a deposit, a withdrawal, a virtual cash movement, or other durable work. The upper
 * columns are the request and never change; the others are its progress.
 */
export interface WorkflowsTable {
  readonly id: Fixed<string>;
  readonly kind: Fixed<string>;
  readonly portfolio_id: Fixed<PortfolioId>;
  readonly account_group_id: Fixed<AccountGroupId | null>;
  readonly amount: Fixed<Decimal | null>;
  readonly currency: Fixed<string | null>;
  /** Further input, and the settings at acceptance; JSON in the schema of the kind. */
  readonly input: Fixed<string>;
  /** The caller: {@link IdempotencyKeysTable.caller}. */
  readonly caller: Fixed<string>;
  readonly idempotency_key: Fixed<string>;
  /** UUID that the keys of all upstream writes of this row are derived from. */
  readonly upstream_key: Fixed<string>;
  readonly created_at: Fixed<number>;

  readonly state: string;
  /** Why it failed or needs a person. */
  readonly reason: string | null;
  /** The state that NEEDS_REVIEW was entered from. */
  readonly resume_state: string | null;
  /** Number of state changes so far; the last of them has this `sequence` in the history. */
  readonly version: number;
  /** Next step; null where nothing is left to do. */
  readonly step: string | null;
  /** JSON: what the step computed before sending, and sends again as it is. */
  readonly memo: string | null;
  /** When the step was marked as being sent for the first time: until it is settled its outcome is unknown. */
  readonly sent_at: number | null;
  /** JSON, see workflows/sendings.ts: when each step was sent, and whether it was in doubt. Null where none was. */
  readonly sendings: string | null;
  /** JSON of the kind's own shape: what is remembered from one step to a later one. */
  readonly progress: string | null;
  /**
   * Name of the row's object in upstream events, e.g. `upvest:withdrawal:<id>`; null until the upstream has answered
   * with an id.
   */
  readonly subject: string | null;
  /** Part of InvestSuite's divest_amount that is this row's. */
  readonly reserved: Decimal | null;
  readonly cancel_requested_at: number | null;
  /** Reason of the wait, e.g. `cash`, `upvest`, `lock:portfolio:P…`; null while it is worked on or done. */
  readonly waiting_for: string | null;
  /** When to work on it again; null for rows that rest (finished, or waiting for a person). */
  readonly due_at: number | null;
  /** Tries of the present step that did not get on. */
  readonly attempts: number;
  /** Rises with every nudge, so that a worker sees that one came while it worked. */
  readonly nudges: number;
  readonly lease_owner: string | null;
  readonly lease_until: number | null;
  /** Rises with every lease: what an earlier holder commits is refused. */
  readonly fence: number;
  readonly updated_at: number;
  /** 1 where the audit has the whole row, see audited-rows.ts; null in rows of earlier releases that rest. */
  readonly audited: number | null;
}
/** A row as the database gives it, not looked at yet: see workflow-rows.ts. */
export type StoredWorkflowRow = Selectable<WorkflowsTable>;
/** A row of some kinds; `kind` tells them apart. */
export type WorkflowRow<K extends WorkflowKind = WorkflowKind> = K extends WorkflowKind
  ? Omit<StoredWorkflowRow, 'kind' | 'state' | 'resume_state' | 'step'> & {
      readonly kind: K;
      readonly state: StateOf<K>;
      readonly resume_state: StateOf<K> | null;
      readonly step: StepOf<K> | null;
    }
  : never;
export type NewWorkflowRow = Insertable<WorkflowsTable> & Pick<WorkflowRow, 'kind' | 'state' | 'step'>;
export type WorkflowPatch = { readonly [C in keyof Updateable<WorkflowsTable>]?: WorkflowRow[C] };

export interface WorkflowHistoryTable {
  readonly workflow_id: Fixed<string>;
  readonly sequence: Fixed<number>;
  readonly state: Fixed<string>;
  readonly reason: Fixed<string | null>;
  readonly at: Fixed<number>;
}
export type HistoryRow = Selectable<WorkflowHistoryTable>;

/** One namespace per caller over all mutations, kept for ever. */
export interface IdempotencyKeysTable {
  /** Issuer and subject of the token, see `callerKey`. */
  readonly caller: Fixed<string>;
  readonly key: Fixed<string>;
  readonly mutation: Fixed<string>;
  /** Hash of the canonical input. */
  readonly input_hash: Fixed<string>;
  /** Object of the mutation. */
  readonly subject_id: Fixed<string>;
  /** JSON of the answer, where it is more than the subject as it is now; null while it is not known. */
  readonly result: string | null;
  readonly created_at: Fixed<number>;
}
export type IdempotencyKeyRow = Selectable<IdempotencyKeysTable>;

export const INBOX_STATES = ['RECEIVED', 'WORKED', 'PARKED'] as const;
export type InboxState = (typeof INBOX_STATES)[number];

/** Received events, once per event id. */
export interface InboxTable {
  readonly id: Generated<number>;
  readonly source: Fixed<EventSource>;
  readonly event_id: Fixed<string>;
  readonly type: Fixed<string>;
  /** The object the event is about, as in {@link WorkflowsTable.subject}. */
  readonly subject: Fixed<string | null>;
  /** JSON text; numbers are strings. */
  readonly payload: Fixed<string>;
  readonly received_at: Fixed<number>;
  readonly state: InboxState;
  /** Why it was parked. */
  readonly reason: string | null;
  readonly due_at: number | null;
  readonly attempts: number;
  readonly lease_owner: string | null;
  readonly lease_until: number | null;
  readonly fence: number;
}
export type InboxRow = Selectable<InboxTable>;

export const EVENT_SOURCES = ['INVESTSUITE', 'UPVEST', 'GATEWAY'] as const;
export type EventSource = (typeof EVENT_SOURCES)[number];

/** Published events, in a stable order: (generation, xid, sequence). */
export interface EventLogTable {
  readonly generation: Fixed<number>;
  /** PostgreSQL: the transaction that wrote the row. SQLite: 0, since there is one writer. */
  readonly xid: Generated<number>;
  readonly sequence: Generated<number>;
  readonly portfolio_id: Fixed<PortfolioId | null>;
  readonly source: Fixed<EventSource>;
  readonly type: Fixed<string>;
  /** Kind and version of the payload, see logged-events.ts. */
  readonly shape: Fixed<string>;
  /** The gateway's own object that it is about (`dep_…`), where it is about one. */
  readonly object_id: Fixed<string | null>;
  readonly occurred_at: Fixed<DateTime>;
  readonly received_at: Fixed<number>;
  /** JSON text; numbers are strings. */
  readonly payload: Fixed<string>;
}
export type EventLogRow = Selectable<EventLogTable>;

/** One row: which life of the database this is, and up to where the log has been trimmed. */
export interface LogMetaTable {
  readonly id: Fixed<number>;
  readonly generation: number;
  /** PostgreSQL's system identifier and timeline when the generation began. */
  readonly cluster: string;
  readonly trimmed_generation: number;
  readonly trimmed_xid: number;
  readonly trimmed_sequence: number;
}

/** Exclusive locks, e.g. to read, compute and write a portfolio in InvestSuite. */
export interface LocksTable {
  readonly name: Fixed<LockName>;
  readonly owner: string | null;
  readonly until: number | null;
  readonly fence: number;
  /** The version that the last write under this lock made, and when that was known; null where no answer had one. */
  readonly written_version: number | null;
  readonly written_at: number | null;
}

export interface SeenTransactionsTable {
  readonly transaction_id: Fixed<TransactionId>;
  readonly portfolio_id: Fixed<PortfolioId>;
}

export interface SeenAccountGroupsTable {
  readonly account_group_id: Fixed<AccountGroupId>;
  readonly portfolio_id: PortfolioId;
}

/** Append-only; each row's hash covers the one before it in its chain. */
export interface AuditTable {
  readonly chain: Fixed<number>;
  readonly sequence: Fixed<number>;
  readonly at: Fixed<number>;
  readonly actor: Fixed<string>;
  readonly action: Fixed<string>;
  readonly subject_id: Fixed<string>;
  readonly content: Fixed<string>;
  readonly previous_hash: Fixed<string>;
  readonly hash: Fixed<string>;
}
export type AuditRow = Selectable<AuditTable>;

/** The last row of each chain, so that one cut off at the end is missed too. */
export interface AuditHeadsTable {
  readonly chain: Fixed<number>;
  readonly sequence: number;
  readonly hash: string;
}

/** Rates that hold for all gateways, see allowances.ts. */
export interface AllowancesTable {
  readonly name: Fixed<string>;
  /** When the bucket is full again: microseconds since 1970 by the store's clock. */
  readonly full_at_us: number;
}

/** Migrations that a gateway must know to work on this database, see migrations.ts. */
export interface SchemaFloorTable {
  readonly migration: Fixed<string>;
}

/** How a tenant's upstreams want to be called, see datasources/upstream/tenant-profile.ts. */
export interface TenantProfileTable {
  /** A hash of the addresses and the ids of both upstreams' accounts. */
  readonly tenant: Fixed<string>;
  readonly field: Fixed<string>;
  readonly value: string;
  readonly learned_at: number;
}

/** The copy of the broker's directory, see docs/instruments.md. */
export interface InstrumentsTable {
  readonly isin: Fixed<Isin>;
  readonly name: string;
  readonly wkn: string | null;
  readonly tradable: number;
  readonly fractional: number;
  /** By the broker's clock. */
  readonly updated_at: DateTime | null;
  /** {@link InstrumentCopyTable.revision} of the write that changed it last. */
  readonly revision: number;
}

/** One row: how far the copy is. */
export interface InstrumentCopyTable {
  readonly id: Fixed<number>;
  /** Rises with every write to the instruments, so that gateways find what has changed. */
  readonly revision: number;
  /** A hash of the broker's address and the client id; another tenant's directory is copied anew. */
  readonly tenant: string;
  /** The gateway that copies. */
  readonly lease_owner: string | null;
  readonly lease_until: number | null;
  /** Offset of the next page of a full copy; null where none is under way. */
  readonly full_offset: number | null;
  /** How many times the directory has been read for this full copy, from 1. */
  readonly full_pass: number;
  /** Rows of this pass that are no instruments of the graph: without an ISIN, or unreadable. */
  readonly full_skipped: number;
  readonly full_done_at: number | null;
  /** When the copy was last as new as the broker's directory; null before the first full copy is done. */
  readonly checked_at: number | null;
  /** The broker's newest `updated_at` that is in the copy for sure; null where it is not known. */
  readonly newest: DateTime | null;
  /** Since when the broker refuses the capability; null while it does not. */
  readonly refused_at: number | null;
}

/** Instruments to be read by themselves: an event says that they have changed. */
export interface InstrumentRequestsTable {
  /** The broker's key, `isin:…` or `uuid:…`; `*` for all changes. */
  readonly instrument: Fixed<string>;
  /** Rises with each event: one that comes while it is read is not lost. */
  readonly asked: number;
}

/** One row: how far the sweep over all portfolios is, see docs/synchronization.md. */
export interface SweepsTable {
  readonly id: Fixed<number>;
  /** The gateway that sweeps. */
  readonly lease_owner: string | null;
  readonly lease_until: number | null;
  /** InvestSuite's cursor of the next page; null where no sweep is under way. */
  readonly next_page: string | null;
  /** Portfolios of the sweep so far. */
  readonly portfolios: number;
  /** First day of the ledgers' lines that the sweep under way looks at; null for all. */
  readonly days_from: string | null;
  /** When the last one ended; null before the first has begun to count. */
  readonly done_at: number | null;
}
