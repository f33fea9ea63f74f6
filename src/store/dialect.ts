import type { CompiledQuery, CreateTableBuilder, Insertable, Kysely, RawBuilder, SelectQueryBuilder } from 'kysely';
import type { Tables } from './tables.ts';

/** Differences between the two databases. One file each: sqlite-dialect.ts, postgres-dialect.ts. */
export interface Dialect {
  readonly kind: 'sqlite' | 'postgres';

  /** At the end of a select: locks the selected rows and leaves out those that another transaction holds. */
  readonly skipLocked: RawBuilder<unknown>;

  /** Locks the selected rows until the end of the transaction; waits for another's lock. */
  lock<TB extends keyof Tables, O>(query: SelectQueryBuilder<Tables, TB, O>): SelectQueryBuilder<Tables, TB, O>;

  /** Runs writes to different tables that need nothing of each other: in one round trip where there are any. */
  together(db: Kysely<Tables>, writes: readonly CompiledQuery[]): Promise<void>;

  /** Statements that insert rows, all with the same columns: one for all, or one each where preparing a statement costs most. */
  inserts<TB extends keyof Tables>(
    db: Kysely<Tables>,
    table: TB,
    rows: readonly Insertable<Tables[TB]>[],
  ): readonly CompiledQuery[];

  /** Leaves out log rows that one still to be committed could come before. */
  settledLog<O>(query: SelectQueryBuilder<Tables, 'event_log', O>): SelectQueryBuilder<Tables, 'event_log', O>;

  /** True when committed log rows exist that {@link settledLog} still holds back. */
  hasUnsettledLog(db: Kysely<Tables>): Promise<boolean>;

  /** For a table whose rows are overwritten all the time and need not outlive a crash of the database. */
  scratch(db: Kysely<Tables>, table: keyof Tables): Promise<void>;

  /** Adds a number that the database counts up, as the table's key. */
  countedKey(table: CreateTableBuilder<string, string>, column: string): CreateTableBuilder<string, string>;

  /** Adds the log's `xid` and `sequence` columns. */
  logOrder(table: CreateTableBuilder<string, string>): CreateTableBuilder<string, string>;
}
