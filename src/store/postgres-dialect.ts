import { sql } from 'kysely';
import type { Dialect } from './dialect.ts';

/**
 * Commits overtake each other in PostgreSQL, so a sequence alone is no order to read by. Each log row carries the id of
 * its transaction, and rows are read only below the oldest transaction still running: nothing can come before those.
 */
const oldestRunning = sql<number>`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;

export const postgresDialect: Dialect = {
  kind: 'postgres',
  skipLocked: (query) => query.forUpdate().skipLocked(),
  lock: (query) => query.forUpdate(),
  settledLog: (query) => query.where('xid', '<', oldestRunning),
  hasUnsettledLog: async (db) => {
    const row = await db
      .selectFrom('event_log')
      .select('sequence')
      .where('xid', '>=', oldestRunning)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  },
  countedKey: (table, column) =>
    table.addColumn(column, 'bigint', (key) => key.primaryKey().generatedAlwaysAsIdentity()),
  logOrder: (table) =>
    table
      .addColumn('xid', 'bigint', (column) => column.notNull().defaultTo(sql`pg_current_xact_id()::text::bigint`))
      .addColumn('sequence', 'bigint', (column) => column.notNull().generatedAlwaysAsIdentity()),
};
