import { Socket } from 'node:net';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { ulid } from 'ulid';
import { type Runtime, systemRuntime } from '../domain/runtime.ts';
import { StoreUnavailableError } from '../errors.ts';
import { Afterwards } from './afterwards.ts';
import { writeEntries } from './audit.ts';
import { migrate } from './migrations.ts';
import { enterCluster } from './postgres-cluster.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { isNameTrouble, NamedStatements } from './postgres-statements.ts';
import { PostgresWakes } from './postgres-wakes.ts';
import type { Reading, Store, Topic, WriteHow, Writing } from './store.ts';
import { postgresTrouble, refuseOldPostgres } from './store-trouble.ts';
import type { Tables } from './tables.ts';

export interface PostgresOptions {
  /** Default: this process's own. */
  readonly runtime?: Runtime | undefined;
  /** `postgres://…`; PostgreSQL 14 or newer. */
  readonly url: string;
  /** Most connections of this process, one more listens. Default 10. */
  readonly connections?: number | undefined;
  /** How long a request waits for a database that is away before it fails; default 10 s. */
  readonly patienceMs?: number | undefined;
  /** Milliseconds since 1970; default the database's clock. */
  readonly now?: (() => number) | undefined;
  /** Called with problems that are handled here. */
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
}

/** A gateway that is paused within a transaction would hold its locks, and everybody's log, for as long as it is. */
const IDLE_IN_TRANSACTION_MS = 5_000;
/** Most transactions that share one commit: their rows stay locked until then. */
const GROUP_SIZE = 32;
/** How often the clock of the database is read again. */
const CLOCK_SYNC_MS = 60_000;

export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const trouble = options.onTrouble ?? (() => undefined);
  const sockets = new Set<Socket>();
  const stream = (): Socket => {
    const socket = new Socket();
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    return socket;
  };
  const pool = new pg.Pool({
    connectionString: options.url,
    stream,
    max: options.connections ?? 10,
    connectionTimeoutMillis: 5_000,
    application_name: 'invest-gateway',
    types: { getTypeParser: typeParser },
    verify: (client, done) => {
      store.greet(client).then(() => done(), done);
    },
  });
  // Without a listener of its own, a connection that is lost while it is in use would end the process.
  pool.on('connect', (client) => client.on('error', (error) => trouble('a connection to PostgreSQL was lost', error)));
  pool.on('error', () => undefined);
  const wakes = new PostgresWakes({ url: options.url, stream, pool, sender: ulid(), onTrouble: trouble });
  const store = new PostgresStore(pool, wakes, sockets, options);
  try {
    await store.open();
  } catch (error) {
    await store.close();
    throw postgresTrouble(error, options.url);
  }
  return store;
}

/** int8 (oid 20) as a number: ours count rows, transactions and milliseconds, and all stay far below 2^53. */
export function typeParser(oid: number, format?: string): (value: string) => unknown {
  if (oid !== 20) return pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text');
  return (value) => {
    const parsed = Number(value);
    if (!Number.isSafeInteger(parsed)) throw new RangeError(`a number from the database is too large: ${value}`);
    return parsed;
  };
}

/** Of PostgreSQL: the disk is full, or out of memory or connections. */
const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('53');

/** A transaction that may share its commit. */
interface Job {
  readonly work: (writing: Writing) => Promise<unknown>;
  /** Ends it as this ends; never rejects. */
  readonly settle: (ended: Promise<unknown>) => Promise<void>;
}

function jobOf<T>(work: (writing: Writing) => Promise<T>): Job & { readonly done: Promise<T> } {
  let settle: Job['settle'] = async () => undefined;
  const done = new Promise<T>((resolve, reject) => {
    // Sound: the value is what this very `work` returned.
    settle = (ended) => (ended as Promise<T>).then(resolve, reject);
  });
  return { work, settle, done };
}

/**
 * Transactions that may share a commit run one after the other in one transaction, while the next ones wait and gather: see
 * docs/decisions/11-group-commit.md.
 */
class PostgresStore implements Store {
  readonly kind = 'postgres';
  readonly isShared = true;
  readonly runtime: Runtime;
  readonly now: () => number;
  readonly #pool: pg.Pool;
  readonly #db: Kysely<Tables>;
  readonly #wakes: PostgresWakes;
  readonly #patienceMs: number;
  readonly #url: string;
  readonly #sockets: ReadonlySet<Socket>;
  readonly #queue: Job[] = [];
  #draining: Promise<void> | undefined;
  #writesFail = false;
  #clockOffsetMs = 0;
  #clockTimer: NodeJS.Timeout | undefined;
  /** The life of the database that connections are known to be in; undefined until the tables are there. */
  #cluster: string | undefined;
  #closing = false;
  #abandoned = false;

  constructor(
    pool: pg.Pool,
    wakes: PostgresWakes,
    sockets: ReadonlySet<Socket>,
    { patienceMs, now, url, runtime }: PostgresOptions,
  ) {
    this.#sockets = sockets;
    this.runtime = runtime ?? systemRuntime;
    this.#url = url;
    this.#pool = pool;
    this.#db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new NamedStatements(pool) }) });
    this.#wakes = wakes;
    this.#patienceMs = patienceMs ?? 10_000;
    this.now = now ?? (() => Math.round(Date.now() + this.#clockOffsetMs));
  }

  async open(): Promise<void> {
    const { rows } = await this.#patiently(() =>
      sql<{ version: number }>`select current_setting('server_version_num')::int as version`.execute(this.#db),
    );
    refuseOldPostgres(rows[0]?.version ?? 0, this.#url);
    await migrate(this.#db, postgresDialect);
    const client = await this.#pool.connect();
    this.#cluster = await enterCluster(client, undefined).finally(() => client.release());
    await this.#syncClock();
    this.#clockTimer = setInterval(() => void this.#syncClock().catch(() => undefined), CLOCK_SYNC_MS).unref();
    await this.#wakes.listen();
  }

  /** Runs on each new connection before it is used. */
  async greet(client: pg.PoolClient): Promise<void> {
    // Not as a startup parameter: connection poolers refuse those that they do not know.
    await client.query(`set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`);
    await refuseStandby(client);
    if (this.#cluster !== undefined) this.#cluster = await enterCluster(client, this.#cluster);
  }

  read<T>(work: (reading: Reading) => Promise<T>): Promise<T> {
    return this.#patiently(() => work({ db: this.#db, dialect: postgresDialect, now: this.now }));
  }

  get writesFail(): boolean {
    return this.#writesFail;
  }

  async write<T>(work: (writing: Writing) => Promise<T>, how: WriteHow = {}): Promise<T> {
    if (how.together !== true) return await this.#writeAlone(work);
    const job = jobOf(work);
    this.#queue.push(job);
    this.#draining ??= this.#drain();
    return await job.done;
  }

  async #writeAlone<T>(work: (writing: Writing) => Promise<T>): Promise<T> {
    const afterwards = new Afterwards();
    const value = await this.#patiently(() => {
      afterwards.clear();
      return this.#commit((reading) => work(afterwards.writing(reading)), afterwards);
    }).catch((error: unknown) => {
      if (error instanceof StoreUnavailableError || isFull(error)) this.#writesFail = true;
      throw error;
    });
    this.#writesFail = false;
    this.#wakes.wake(afterwards.topics);
    return value;
  }

  #commit<T>(work: (reading: Reading) => Promise<T>, { audit }: Pick<Afterwards, 'audit'>): Promise<T> {
    return this.#db.transaction().execute(async (db) => {
      const reading = { db, dialect: postgresDialect, now: this.now };
      const value = await work(reading);
      await writeEntries(reading, audit);
      return value;
    });
  }

  async #drain(): Promise<void> {
    for (let group = this.#queue.splice(0, GROUP_SIZE); group.length > 0; group = this.#queue.splice(0, GROUP_SIZE)) {
      if (!(await this.#writeTogether(group)))
        await Promise.all(group.map((job) => job.settle(this.#writeAlone(job.work))));
    }
    this.#draining = undefined;
  }

  /** False, and nothing, where one of them fails: each is done again by itself then. */
  async #writeTogether(group: readonly Job[]): Promise<boolean> {
    if (group.length < 2) return false;
    const afterwards = new Afterwards();
    const outcomes: unknown[] = [];
    try {
      await this.#commit(async (reading) => {
        const writing = afterwards.writing(reading);
        for (const job of group) outcomes.push(await job.work(writing));
      }, afterwards);
    } catch {
      return false;
    }
    for (const [index, job] of group.entries()) void job.settle(Promise.resolve(outcomes[index]));
    this.#wakes.wake(afterwards.topics);
    return true;
  }

  onWake(topic: Topic, listener: () => void): () => void {
    return this.#wakes.on(topic, listener);
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await this.#draining;
    clearInterval(this.#clockTimer);
    await this.#wakes.close();
    await this.#db.destroy();
  }

  abandon(): void {
    this.#abandoned = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Retries after a deadlock or a lost connection; gives up when the database stays unavailable. */
  async #patiently<T>(run: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.#patienceMs;
    if (this.#abandoned) throw new StoreUnavailableError('the database was given up');
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await run();
      } catch (error) {
        const kind = troubleOf(error);
        if (kind === undefined) throw error;
        const delayMs = Math.min(kind === 'conflict' ? 5 * 2 ** attempt : 50 * 2 ** attempt, 1_000) * Math.random();
        if (this.#closing || this.#abandoned || Date.now() + delayMs > deadline) {
          throw new StoreUnavailableError('the database is not available', { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  /** Leases and due times of all gateways are by one clock, the database's, however wrong a machine's own is. */
  async #syncClock(): Promise<void> {
    const before = Date.now();
    const { rows } = await sql<{
      now: string;
    }>`select (extract(epoch from clock_timestamp()) * 1000)::text as now`.execute(this.#db);
    const middle = (before + Date.now()) / 2;
    this.#clockOffsetMs = Number(rows[0]?.now ?? middle) - middle;
  }
}

/** During a failover a proxy or a name may still lead to a server that takes no writes: that one is as good as none. */
async function refuseStandby(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
  if (rows[0]?.standby !== false) throw new StandbyError('the connection leads to a standby');
}

class StandbyError extends Error {}

/** Transaction conflicts, and SQLSTATE classes of a server that is stopping or starting. */
function troubleOf(error: unknown): 'conflict' | 'away' | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof StandbyError) return 'away';
  if (isNameTrouble(error)) return 'conflict';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '40001' || code === '40P01') return 'conflict';
  if (/^(08|57P0|53300|25P03|25006)/.test(code)) return 'away';
  if (/^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/.test(code)) return 'away';
  return /Connection terminated|connection timeout|timeout exceeded|not queryable/i.test(error.message)
    ? 'away'
    : undefined;
}
