import { sql } from 'kysely';
import type { Dialect } from './dialect.ts';
import { insertOf } from './insert-text.ts';

/** SQLite has one writer at a time: no lock is needed, and rows commit in the order of their sequence. */
export const sqliteDialect: Dialect = {
  kind: 'sqlite',
  skipLocked: sql``,
  lock: (query) => query,
  together: async (db, writes) => {
    for (const write of writes) await db.executeQuery(write);
  },
  // One text for each list of columns: a text for every number of rows would have to be prepared anew each time.
  inserts: (_db, table, rows) => rows.map((row) => insertOf(table, [row], () => '?')),
  settledLog: (query) => query,
  hasUnsettledLog: async () => false,
  // An embedded gateway keeps its rates in memory; the table is there so that both databases have the same ones.
  scratch: async () => undefined,
  countedKey: (table, column) => table.addColumn(column, 'integer', (key) => key.primaryKey().autoIncrement()),
  logOrder: (table) =>
    table
      .addColumn('xid', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement()),
};
