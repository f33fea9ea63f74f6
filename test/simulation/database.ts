import { Kysely, SqliteDialect } from 'kysely';
import Libsql from 'libsql';
import { StoreUnavailableError } from '../../src/errors.ts';
import { Afterwards } from '../../src/store/afterwards.ts';
import { writeEntries } from '../../src/store/audit.ts';
import { migrate } from '../../src/store/migrations.ts';
import { withCachedStatements } from '../../src/store/sqlite.ts';
import { sqliteDialect } from '../../src/store/sqlite-dialect.ts';
import type { Reading, Store, TOPICS, Topic, Writing } from '../../src/store/store.ts';
import type { Tables } from '../../src/store/tables.ts';
import { Wakes } from '../../src/store/wakes.ts';
import type { SimulatedProcess } from './process.ts';

/** The outcome of one use of the store. */
export type StoreFault =
  /** Nothing is done, and the caller is told so. */
  | 'refused'
  /** The transaction is committed, and its caller is told that the store is not available. */
  | 'committed-untold'
  /** As PostgreSQL's store after a connection lost at the commit: the transaction is committed, and its work is done once more. */
  | 'done-twice'
  /** It takes longer than a lease. */
  | 'slow';

/** The world's decisions about the store. */
export interface StoreWorld {
  readonly now: () => number;
  readonly delayMs: () => number;
  readonly faultOf: (process: SimulatedProcess, use: 'read' | 'write') => StoreFault | undefined;
  /** When another process hears of a commit; undefined: never. */
  readonly wakeMs: () => number | undefined;
}

const SLOW_MS = 7_500;

/** The one database of a world, in memory, with the product's tables. Emptied and used again by the next world. */
export class SharedDatabase {
  readonly db: Kysely<Tables>;
  readonly #database: Libsql.Database;
  readonly #tables: readonly string[];
  readonly #views = new Set<StoreView>();

  private constructor(database: Libsql.Database, db: Kysely<Tables>) {
    this.#database = database;
    this.db = db;
    const names = database.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
    this.#tables = names.map(({ name }) => name).filter((name) => !/^(sqlite_|kysely_)/.test(name));
    database.exec("attach ':memory:' as fresh");
    for (const table of this.#tables) database.exec(`create table fresh."${table}" as select * from main."${table}"`);
  }

  static async open(): Promise<SharedDatabase> {
    const database = new Libsql(':memory:');
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: withCachedStatements(database) }) });
    await migrate(db, sqliteDialect);
    return new SharedDatabase(database, db);
  }

  /** As it was after the migrations. */
  reset(): void {
    this.#views.clear();
    this.#database.exec('begin');
    for (const table of this.#tables) {
      this.#database.exec(`delete from main."${table}"`);
      this.#database.exec(`insert into main."${table}" select * from fresh."${table}"`);
    }
    this.#database.exec('delete from sqlite_sequence; commit');
  }

  /** Rows of a query, at once: between two happenings no transaction is open. */
  rows(query: string, ...values: readonly unknown[]): readonly Readonly<Record<string, unknown>>[] {
    return this.#database.prepare(query).all(...values) as Readonly<Record<string, unknown>>[];
  }

  open(process: SimulatedProcess, world: StoreWorld): Store {
    const view = new StoreView(this, process, world);
    this.#views.add(view);
    return view;
  }

  /** One transaction. Nothing else happens meanwhile: its work waits for this database only. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    this.#database.exec('begin immediate');
    try {
      const value = await work();
      this.#database.exec('commit');
      return value;
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }

  wake(from: StoreView, topics: ReadonlySet<Topic>): void {
    for (const view of this.#views) view.hear(topics, view === from);
  }

  forget(view: StoreView): void {
    this.#views.delete(view);
  }
}

/** The database as one process sees it: through delays, failures and wake-ups that may be lost. */
class StoreView implements Store {
  readonly kind = 'sqlite';
  readonly isShared = true;
  readonly runtime: SimulatedProcess;
  readonly writesFail = false;
  readonly now: () => number;
  readonly #database: SharedDatabase;
  readonly #world: StoreWorld;
  readonly #wakes = new Wakes();
  readonly #reading: Reading;

  constructor(database: SharedDatabase, process: SimulatedProcess, world: StoreWorld) {
    this.#database = database;
    this.runtime = process;
    this.#world = world;
    this.now = world.now;
    this.#reading = { db: database.db, dialect: sqliteDialect, now: world.now };
  }

  read<T>(work: (reading: Reading) => Promise<T>): Promise<T> {
    const fault = this.#world.faultOf(this.runtime, 'read');
    return new Promise<T>((resolve, reject) => {
      this.runtime.comes(this.#delayMs(fault), () => {
        if (fault === 'refused') reject(new StoreUnavailableError('the store is not available'));
        else work(this.#reading).then(resolve, reject);
      });
    });
  }

  write<T>(work: (writing: Writing) => Promise<T>): Promise<T> {
    const fault = this.#world.faultOf(this.runtime, 'write');
    return new Promise<T>((resolve, reject) => {
      this.runtime.comes(this.#delayMs(fault), () => {
        if (fault === 'refused') return reject(new StoreUnavailableError('the store is not available'));
        const committed =
          fault === 'done-twice' ? this.#commit(work).then(() => this.#commit(work)) : this.#commit(work);
        committed.then(
          // Committed, and not yet known: a process that is killed in between has done it all the same.
          (value) =>
            this.runtime.comes(this.#world.delayMs(), () => {
              if (fault === 'committed-untold') reject(new StoreUnavailableError('the answer of the store was lost'));
              else resolve(value);
            }),
          (error: unknown) => this.runtime.comes(this.#world.delayMs(), () => reject(error)),
        );
      });
    });
  }

  async #commit<T>(work: (writing: Writing) => Promise<T>): Promise<T> {
    const afterwards = new Afterwards();
    const value = await this.#database.transaction(async () => {
      const done = await work(afterwards.writing(this.#reading));
      await writeEntries(this.#reading, afterwards.audit);
      return done;
    });
    if (afterwards.topics.size > 0) this.#database.wake(this, afterwards.topics);
    return value;
  }

  #delayMs(fault: StoreFault | undefined): number {
    return this.#world.delayMs() + (fault === 'slow' ? SLOW_MS : 0);
  }

  hear(topics: ReadonlySet<Topic>, isOwn: boolean): void {
    const ms = isOwn ? 0 : this.#world.wakeMs();
    if (ms !== undefined) this.runtime.comes(ms, () => this.#wakes.wake(topics));
  }

  onWake(topic: (typeof TOPICS)[number], listener: () => void): () => void {
    return this.#wakes.on(topic, listener);
  }

  async close(): Promise<void> {
    this.#database.forget(this);
  }

  abandon(): void {}
}
