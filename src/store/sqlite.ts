import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import Libsql from 'libsql';
import { LRUCache } from 'lru-cache';
import { type Runtime, sleep, systemRuntime } from '../domain/runtime.ts';
import { StoreUnavailableError } from '../errors.ts';
import { Afterwards } from './afterwards.ts';
import { writeEntries } from './audit.ts';
import { migrate } from './migrations.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import type { Reading, Store, Topic, WriteHow, Writing } from './store.ts';
import { embeddedTrouble } from './store-trouble.ts';
import { makeFolderOnDisk } from './sync-to-disk.ts';
import type { Tables } from './tables.ts';
import { Wakes } from './wakes.ts';
import { openLogFile, WalSync } from './wal-sync.ts';

export interface SqliteOptions {
  /** Folder of the database; made with mode 0700 where it is missing. */
  readonly dataDir: string;
  /** Default: this process's own. */
  readonly runtime?: Runtime | undefined;
  /** Milliseconds since 1970; default the runtime's. */
  readonly now?: (() => number) | undefined;
  /**
   * True (default): this process is the gateway of the folder, and another one is refused. False: a tool that looks on
   * or changes a row while a gateway may be running.
   */
  readonly exclusive?: boolean | undefined;
}

/** How long to wait for another process (a tool) that is writing. */
const BUSY_TIMEOUT_MS = 5_000;
const BUSY_FIRST_MS = 2;
const BUSY_MOST_MS = 100;
/** Most transactions that share one commit; bounds how long the event loop is held. */
const GROUP_SIZE = 64;

export async function openSqlite(options: SqliteOptions): Promise<Store> {
  const path = join(options.dataDir, 'gateway.db');
  let unlock = (): void => undefined;
  try {
    makeFolderOnDisk(options.dataDir);
    if (options.exclusive !== false) unlock = lockFolder(options.dataDir);
    keepPrivate(path);
    const database = openDatabase(path);
    const statements = withCachedStatements(database);
    const db = new Kysely<Tables>({ dialect: new EmbeddedDialect({ database: statements }) });
    await migrate(db, sqliteDialect);
    // From now on who waits must not hold the event loop: see #begin.
    database.exec('pragma busy_timeout = 0');
    database.exec(SYNCED_BY_THE_STORE);
    const log = new WalSync(await openLogFile(`${path}-wal`, database));
    const runtime = options.runtime ?? systemRuntime;
    const control: Control = (text) => void statements.prepare(text).run([]);
    return new SqliteStore(db, { control, log }, { runtime, now: options.now ?? runtime.now, unlock });
  } catch (error) {
    unlock();
    throw embeddedTrouble(error, path);
  }
}

/**
 * Migrates in one transaction. Kysely's own dialect commits each statement by itself: a process that is killed in a migration
 * would leave tables that no release can open.
 */
class EmbeddedDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalDdl();
  }
}

class TransactionalDdl extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Readable by the owner only. */
const PRIVATE = 0o600;

/**
 * Creates a missing file, and removes permissions of other users: an existing folder may be open to all. SQLite creates
 * its further files with the same mode. A file of another user is left unchanged.
 */
function keepPrivate(path: string): void {
  closeSync(openSync(path, 'a', PRIVATE));
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? PRIVATE;
    if ((mode & 0o077) === 0) continue;
    try {
      chmodSync(file, mode & PRIVATE);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
    }
  }
}

function openDatabase(path: string): Libsql.Database {
  const database = new Libsql(path);
  database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  database.exec('pragma journal_mode = wal');
  database.exec(EACH_COMMIT_ON_DISK);
  database.exec('pragma foreign_keys = on');
  return database;
}

/** A commit is on disk when it returns: for the migrations. */
const EACH_COMMIT_ON_DISK = 'pragma synchronous = full';
/** A commit returns before it is on disk: see {@link WalSync}. */
const SYNCED_BY_THE_STORE = 'pragma synchronous = normal';

/** Runs a statement of a transaction on the connection itself: they are half of all, and the query builder takes longer for one than SQLite. */
type Control = (
  text: 'begin immediate' | 'savepoint one' | 'rollback to one' | 'release one' | 'commit' | 'rollback',
) => void;

/**
 * Two gateways on one folder would each think that the other's leases are its own past. The lock is one on a file of its
 * own that the operating system frees when the process ends, however it ends.
 */
function lockFolder(dataDir: string): () => void {
  const path = join(dataDir, 'gateway.lock');
  keepPrivate(path);
  const lock = new Libsql(path);
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY'))) {
      throw embeddedTrouble(error, path);
    }
    throw new StoreUnavailableError(
      `another gateway is using ${dataDir}; stop it, or set DATABASE_URL to run several`,
      {
        cause: error,
      },
    );
  }
  return () => lock.close();
}

/**
 * Preparing a statement costs several times its execution; our queries are a fixed, small set of texts. Whether one has rows is asked
 * once, too: the driver would ask SQLite at each use, which costs as much as a small statement.
 */
export function withCachedStatements(database: Libsql.Database): SqliteDatabase {
  // Lists of values make texts of every length: those are not worth keeping for ever.
  const statements = new LRUCache<string, SqliteStatement>({ max: 500 });
  return {
    close: () => {
      statements.clear();
      database.close();
    },
    prepare: (text) => {
      const known = statements.get(text);
      if (known) return known;
      const prepared = database.prepare(text);
      const statement: SqliteStatement = {
        reader: prepared.reader,
        all: (parameters) => prepared.all(parameters),
        run: (parameters) => prepared.run(parameters),
        iterate: (parameters) => prepared.iterate(parameters),
      };
      statements.set(text, statement);
      return statement;
    },
  };
}

interface Job {
  readonly run: (writing: Writing) => Promise<unknown>;
  readonly mayBeLost: boolean;
  readonly afterwards: Afterwards;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  outcome?: { readonly value: unknown } | { readonly error: unknown };
}

/**
 * One connection, one writer. Transactions that wait at the same time share one commit, hence one fsync, and one writing of
 * the audit; each runs in a savepoint of its own, so that one that fails takes nothing of the others with it. Where the audit of all
 * can't be written, each is done again by itself.
 *
 * The disk works beside the event loop. Nobody is told what is not on disk: a write resolves, and wakes others, after the fsync of its commit
 * (but see {@link WriteHow.mayBeLost}), and a read that may have seen a commit waits for the fsync of that. The next group gathers until then.
 */
class SqliteStore implements Store {
  readonly kind = 'sqlite';
  readonly isShared = false;
  readonly runtime: Runtime;
  readonly now: () => number;
  readonly #db: Kysely<Tables>;
  readonly #control: Control;
  readonly #log: WalSync;
  readonly #unlock: () => void;
  readonly #wakes = new Wakes();
  #queue: Job[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;
  #writesFail = false;

  constructor(
    db: Kysely<Tables>,
    { control, log }: { readonly control: Control; readonly log: WalSync },
    { runtime, now, unlock }: Pick<Store, 'runtime' | 'now'> & { readonly unlock: () => void },
  ) {
    this.#db = db;
    this.#control = control;
    this.#log = log;
    this.runtime = runtime;
    this.now = now;
    this.#unlock = unlock;
  }

  get writesFail(): boolean {
    return this.#writesFail;
  }

  async read<T>(work: (reading: Reading) => Promise<T>): Promise<T> {
    const value = await whenFree(this.runtime, () => work(this.#reading(this.#db)));
    await this.#log.onDisk().catch(notWritten);
    return value;
  }

  write<T>(work: (writing: Writing) => Promise<T>, { mayBeLost = false }: WriteHow = {}): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreUnavailableError('the store is closed'));
    return new Promise<T>((resolve, reject) => {
      // Sound: the value given to resolve is what this very `work` returned.
      const settle = resolve as (value: unknown) => void;
      this.#queue.push({ run: work, mayBeLost, afterwards: new Afterwards(), resolve: settle, reject });
      this.#draining ??= this.#drain();
    });
  }

  onWake(topic: Topic, listener: () => void): () => void {
    return this.#wakes.on(topic, listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#draining;
    // Writes and reads that still wait are told before the database goes.
    await this.#log.onDisk().catch(() => undefined);
    await this.#log.close();
    await this.#db.destroy();
    this.#unlock();
  }

  /** The database is in this process, and has an error message. */
  abandon(): void {}

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      // Other writes of this turn of the event loop join the group commit.
      await this.runtime.nextTurn();
      // Writes that come while the disk works share the next commit.
      if (this.#queue.some(({ mayBeLost }) => !mayBeLost)) await this.#log.idle();
      const group = this.#queue.splice(0, GROUP_SIZE);
      await this.#commitTogether(group);
    }
    this.#draining = undefined;
  }

  async #commitTogether(group: readonly Job[]): Promise<void> {
    try {
      // Each attempt takes the connection anew: reads go on while another process has the lock.
      await whenFree(this.runtime, () =>
        this.#db.connection().execute((connection) => this.#transaction(connection, group)),
      );
    } catch (error) {
      if (group.length > 1 && !isFull(error) && !isBusy(error)) {
        for (const job of group) await this.#commitTogether([job]);
        return;
      }
      this.#reject(group, error);
      return;
    }
    const toBeOnDisk = group.filter(({ mayBeLost }) => !mayBeLost);
    if (toBeOnDisk.length > 0) {
      this.#log.made();
      void this.#settleOnDisk(toBeOnDisk);
    }
    this.#settle(group.filter(({ mayBeLost }) => mayBeLost));
  }

  async #settleOnDisk(group: readonly Job[]): Promise<void> {
    try {
      await this.#log.onDisk();
    } catch (error) {
      this.#reject(group, error);
      return;
    }
    this.#writesFail = false;
    this.#settle(group);
  }

  #settle(group: readonly Job[]): void {
    for (const job of group) settle(job);
    this.#wakes.wake(new Set(group.flatMap((job) => [...job.afterwards.topics])));
  }

  #reject(group: readonly Job[], error: unknown): void {
    this.#writesFail = true;
    for (const job of group) job.reject(unwritable(error));
  }

  #reading(db: Kysely<Tables>): Reading {
    return { db, dialect: sqliteDialect, now: this.now };
  }

  async #transaction(connection: Kysely<Tables>, group: readonly Job[]): Promise<void> {
    const reading = this.#reading(connection);
    this.#control('begin immediate');
    try {
      const [only, ...others] = group;
      if (only !== undefined && others.length === 0) return await this.#runAlone(reading, only);
      for (const job of group) await this.#runInSavepoint(reading, job);
      const entries = group.flatMap((job) => job.afterwards.audit);
      await writeEntries(reading, entries);
      this.#control('commit');
    } catch (error) {
      try {
        this.#control('rollback');
      } catch {
        // After some failures (disk full) SQLite has rolled back already, and refuses this.
      }
      throw error;
    }
  }

  async #runAlone(reading: Reading, job: Job): Promise<void> {
    await this.#run(reading, job, true);
    this.#control(hasFailed(job) ? 'rollback' : 'commit');
  }

  async #runInSavepoint(reading: Reading, job: Job): Promise<void> {
    this.#control('savepoint one');
    await this.#run(reading, job, false);
    if (hasFailed(job)) this.#control('rollback to one');
    this.#control('release one');
  }

  /** `withAudit`: its entries are written at once and may fail with it; else those of all are, before the commit. */
  async #run(reading: Reading, job: Job, withAudit: boolean): Promise<void> {
    job.afterwards.clear();
    try {
      job.outcome = { value: await job.run(job.afterwards.writing(reading)) };
      if (withAudit) await writeEntries(reading, job.afterwards.audit);
    } catch (error) {
      job.afterwards.clear();
      job.outcome = { error };
      // No write will fit: reported as such and not as this write's fault.
      if (isFull(error)) throw error;
    }
  }
}

const unwritable = (error: unknown): StoreUnavailableError =>
  new StoreUnavailableError('the embedded database cannot be written', { cause: error });

const notWritten = (error: unknown): never => {
  throw unwritable(error);
};

const hasFailed = ({ outcome }: Job): boolean => outcome !== undefined && 'error' in outcome;

/**
 * Does the work again, after growing pauses, while another process has the lock; rejects when it has had it for too long.
 * SQLite's own waiting would block the event loop.
 */
async function whenFree<T>(runtime: Runtime, work: () => Promise<T>): Promise<T> {
  const latest = runtime.monotonicMs() + BUSY_TIMEOUT_MS;
  for (let pauseMs = BUSY_FIRST_MS; ; pauseMs = Math.min(2 * pauseMs, BUSY_MOST_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || runtime.monotonicMs() + pauseMs > latest) throw error;
      await sleep(runtime, pauseMs);
    }
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith(code);

const isBusy = (error: unknown): boolean => hasCode(error, 'SQLITE_BUSY');
const isFull = (error: unknown): boolean => hasCode(error, 'SQLITE_FULL') || hasCode(error, 'SQLITE_IOERR');

function settle(job: Job): void {
  if (job.outcome === undefined) job.reject(new Error('a transaction was committed before it ran'));
  else if ('error' in job.outcome) job.reject(job.outcome.error);
  else job.resolve(job.outcome.value);
}
