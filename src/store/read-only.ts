import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import Libsql from 'libsql';
import pg from 'pg';
import { StoreUnavailableError } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import { missingMigrations } from './migrations.ts';
import type { StoreOptions } from './open.ts';
import { typeParser } from './postgres.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { withCachedStatements } from './sqlite.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import type { Store } from './store.ts';
import { embeddedTrouble, postgresTrouble } from './store-trouble.ts';
import type { Tables } from './tables.ts';

/** A store that is only looked at. */
export type ReadOnlyStore = Pick<Store, 'kind' | 'now' | 'read' | 'close'>;

/** How long to wait for another process that is writing. */
const BUSY_TIMEOUT_MS = 5_000;
const CONNECTIONS = 4;

/**
 * Opens the store read-only, beside running gateways or without them. It does not take the embedded database's lock: in
 * WAL mode a reader sees committed data and blocks no one. The database refuses every write on this connection. Rejects
 * with a StoreUnavailableError.
 */
export async function openForReading(options: Pick<StoreOptions, 'databaseUrl' | 'dataDir'>): Promise<ReadOnlyStore> {
  const { databaseUrl, dataDir } = options;
  const dialect = databaseUrl === undefined ? sqliteDialect : postgresDialect;
  const db = new Kysely<Tables>({
    dialect: databaseUrl === undefined ? embedded(dataDir) : new PostgresDialect({ pool: poolOf(databaseUrl) }),
  });
  const reading = { db, dialect, now: Date.now };
  // A file can be damaged anywhere, a server go away at any time.
  const read: Store['read'] = async (work) => {
    try {
      return await work(reading);
    } catch (error) {
      throw isOfDatabase(error) ? troubleOf(error, options) : error;
    }
  };
  try {
    await checkTables(db, dialect);
  } catch (error) {
    await db.destroy();
    throw troubleOf(error, options);
  }
  return { kind: dialect.kind, now: Date.now, read, close: () => db.destroy() };
}

/** Driver errors have a code; defects have none, and a refused write is passed on unchanged. */
const isOfDatabase = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && !/^(SQLITE_READONLY|25006)/.test(String(error.code));

const troubleOf = (error: unknown, { databaseUrl, dataDir }: Pick<StoreOptions, 'databaseUrl' | 'dataDir'>): Error =>
  databaseUrl === undefined ? embeddedTrouble(error, join(dataDir, 'gateway.db')) : postgresTrouble(error, databaseUrl);

function embedded(dataDir: string): SqliteDialect {
  const path = join(dataDir, 'gateway.db');
  // Opening would make an empty one.
  if (!existsSync(path))
    throw new StoreUnavailableError(`there is no database in ${dataDir}; set DATA_DIR or DATABASE_URL`);
  try {
    const database = new Libsql(path);
    database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.exec('pragma query_only = on');
    return new SqliteDialect({ database: withCachedStatements(database) });
  } catch (error) {
    throw embeddedTrouble(error, path);
  }
}

const poolOf = (connectionString: string): pg.Pool => {
  const pool = new pg.Pool({
    connectionString,
    max: CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    application_name: 'invest-gateway-reader',
    options: '-c default_transaction_read_only=on',
    types: { getTypeParser: typeParser },
  });
  // A connection lost while idle: the next query opens another, or fails with the reason.
  pool.on('error', () => undefined);
  return pool;
};

async function checkTables(db: Kysely<Tables>, dialect: Dialect): Promise<void> {
  const { missing, isEmpty } = await missingMigrations(db, dialect);
  if (isEmpty) throw new EmptyDatabaseError();
  if (missing.length > 0) {
    throw new StoreUnavailableError(
      `its tables are older than this program (${missing.join(', ')} is to come); take a back-up, then start the gateway of this version once: it brings them up to date`,
    );
  }
}

/** No gateway has been started on this database. */
export class EmptyDatabaseError extends StoreUnavailableError {
  constructor() {
    super('it has no tables yet; the first start of the gateway makes them');
  }
}
