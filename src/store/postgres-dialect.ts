import { CompiledQuery, sql } from 'kysely';
import type { Dialect } from './dialect.ts';
import { insertOf } from './insert-text.ts';

/**
 * Commits overtake each other in PostgreSQL, so a sequence alone is not a read order. Each log row has its transaction
 * id, and only rows below the oldest open transaction are read: nothing can appear before those.
 */
const oldestRunning = sql<number>`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;

export const postgresDialect: Dialect = {
  kind: 'postgres',
  skipLocked: sql`for update skip locked`,
  lock: (query) => query.forUpdate(),
  together: async (db, writes) => {
    if (writes.length > 0) await db.executeQuery(combined(writes));
  },
  inserts: (_db, table, rows) => (rows.length === 0 ? [] : [insertOf(table, rows, (position) => `$${position}`)]),
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
  scratch: async (db, table) => {
    await sql`alter table ${sql.table(table)} set unlogged`.execute(db);
    await sql`alter table ${sql.table(table)} set (fillfactor = 50)`.execute(db);
  },
  countedKey: (table, column) =>
    table.addColumn(column, 'bigint', (key) => key.primaryKey().generatedAlwaysAsIdentity()),
  logOrder: (table) =>
    table
      .addColumn('xid', 'bigint', (column) => column.notNull().defaultTo(sql`pg_current_xact_id()::text::bigint`))
      .addColumn('sequence', 'bigint', (column) => column.notNull().generatedAlwaysAsIdentity()),
};

/** `with w0 as (…), w1 as (…) …`: all of it is done, in no order, as one statement. */
function combined(writes: readonly CompiledQuery[]): CompiledQuery {
  const parameters: unknown[] = [];
  const texts = writes.map((write) => {
    const before = parameters.length;
    parameters.push(...write.parameters);
    // Our texts hold no dollar sign but those of parameters: all values are parameters.
    return write.sql.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + before}`);
  });
  const last = texts.pop() ?? 'select';
  const others = texts.map((text, index) => `w${index} as (${text})`);
  return CompiledQuery.raw(others.length === 0 ? last : `with ${others.join(', ')} ${last}`, parameters);
}
