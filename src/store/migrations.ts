import { type CreateTableBuilder, type Kysely, type Migration, Migrator, sql } from 'kysely';
import { StoreUnavailableError } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import type { Tables } from './tables.ts';

/** Chains of the audit: several, so that on PostgreSQL two requests rarely wait for each other's commit. */
export const AUDIT_CHAINS = 16;

type Table = CreateTableBuilder<string, string>;
type Db = Kysely<Tables>;

const text = (table: Table, ...names: string[]): Table =>
  names.reduce((made, name) => made.addColumn(name, 'text', (column) => column.notNull()), table);
const optionalText = (table: Table, ...names: string[]): Table =>
  names.reduce((made, name) => made.addColumn(name, 'text'), table);
const integer = (table: Table, ...names: string[]): Table =>
  names.reduce((made, name) => made.addColumn(name, 'bigint', (column) => column.notNull()), table);
const optionalInteger = (table: Table, ...names: string[]): Table =>
  names.reduce((made, name) => made.addColumn(name, 'bigint'), table);

async function createWorkflows(db: Db): Promise<void> {
  let table: Table = db.schema.createTable('workflows').addColumn('id', 'text', (column) => column.primaryKey());
  table = text(table, 'kind', 'portfolio_id', 'input', 'caller', 'idempotency_key', 'upstream_key', 'state');
  table = optionalText(table, 'account_group_id', 'amount', 'currency', 'reason', 'resume_state', 'step', 'memo');
  table = optionalText(table, 'progress', 'subject', 'reserved', 'waiting_for', 'lease_owner');
  table = integer(table, 'created_at', 'updated_at', 'version', 'attempts', 'nudges', 'fence');
  table = optionalInteger(table, 'sent_at', 'cancel_requested_at', 'due_at', 'lease_until');
  await table.execute();
  // Partial indexes contain open rows only: finished rows cost nothing in the search for work.
  await sql`create index workflows_due on workflows (due_at) where due_at is not null`.execute(db);
  await sql`create index workflows_leased on workflows (lease_owner) where lease_owner is not null`.execute(db);
  await sql`create index workflows_open on workflows (portfolio_id, kind) where step is not null`.execute(db);
  await sql`create index workflows_waiting on workflows (waiting_for, account_group_id) where waiting_for is not null`.execute(
    db,
  );
  await sql`create index workflows_review on workflows (updated_at, id) where state = 'NEEDS_REVIEW'`.execute(db);
  await sql`create unique index workflows_subject on workflows (subject) where subject is not null`.execute(db);
  await sql`create index workflows_of_portfolio on workflows (portfolio_id, kind, created_at, id)`.execute(db);
}

async function createHistoryAndKeys(db: Db): Promise<void> {
  let history: Table = db.schema.createTable('workflow_history');
  history = optionalText(integer(text(history, 'workflow_id', 'state'), 'sequence', 'at'), 'reason');
  await history.addPrimaryKeyConstraint('workflow_history_key', ['workflow_id', 'sequence']).execute();
  let keys: Table = db.schema.createTable('idempotency_keys');
  keys = text(keys, 'caller', 'key', 'mutation', 'input_hash', 'subject_id');
  keys = optionalText(integer(keys, 'created_at'), 'result');
  await keys.addPrimaryKeyConstraint('idempotency_keys_key', ['caller', 'key']).execute();
  await sql`create index idempotency_keys_open on idempotency_keys (subject_id) where result is null`.execute(db);
}

async function createInbox(db: Db, dialect: Dialect): Promise<void> {
  let table = dialect.countedKey(db.schema.createTable('inbox'), 'id');
  table = text(table, 'source', 'event_id', 'type', 'payload', 'state');
  table = optionalText(table, 'subject', 'reason', 'lease_owner');
  table = optionalInteger(integer(table, 'received_at', 'attempts', 'fence'), 'due_at', 'lease_until');
  await table.addUniqueConstraint('inbox_event', ['source', 'event_id']).execute();
  await sql`create index inbox_due on inbox (due_at, id) where due_at is not null`.execute(db);
  await sql`create index inbox_subject on inbox (subject) where subject is not null`.execute(db);
  await sql`create index inbox_parked on inbox (id) where state = 'PARKED'`.execute(db);
}

async function createLog(db: Db, dialect: Dialect): Promise<void> {
  let log = dialect.logOrder(integer(db.schema.createTable('event_log'), 'generation'));
  log = text(log, 'source', 'type', 'shape', 'occurred_at', 'payload');
  log = optionalText(integer(log, 'received_at'), 'portfolio_id', 'object_id');
  await log.execute();
  await sql`create unique index event_log_order on event_log (generation, xid, sequence)`.execute(db);
  await sql`create index event_log_portfolio on event_log (portfolio_id, generation, xid, sequence)`.execute(db);
  await sql`create index event_log_received on event_log (received_at)`.execute(db);
  const meta: Table = db.schema.createTable('log_meta').addColumn('id', 'integer', (column) => column.primaryKey());
  const trimmed = ['trimmed_generation', 'trimmed_xid', 'trimmed_sequence'];
  await text(integer(meta, 'generation', ...trimmed), 'cluster').execute();
  await db
    .insertInto('log_meta')
    .values({ id: 1, generation: 1, cluster: '', trimmed_generation: 0, trimmed_xid: 0, trimmed_sequence: 0 })
    .execute();
}

async function createLocksAndIndexes(db: Db): Promise<void> {
  const locks: Table = db.schema.createTable('locks').addColumn('name', 'text', (column) => column.primaryKey());
  await optionalInteger(optionalText(integer(locks, 'fence'), 'owner'), 'until').execute();
  const transactions: Table = db.schema
    .createTable('seen_transactions')
    .addColumn('transaction_id', 'text', (column) => column.primaryKey());
  await text(transactions, 'portfolio_id').execute();
  const groups: Table = db.schema
    .createTable('seen_account_groups')
    .addColumn('account_group_id', 'text', (column) => column.primaryKey());
  await text(groups, 'portfolio_id').execute();
}

async function createAudit(db: Db): Promise<void> {
  let table: Table = db.schema.createTable('audit');
  table = integer(table, 'chain', 'sequence', 'at');
  table = text(table, 'actor', 'action', 'subject_id', 'content', 'previous_hash', 'hash');
  await table.addPrimaryKeyConstraint('audit_key', ['chain', 'sequence']).execute();
  const heads: Table = db.schema
    .createTable('audit_heads')
    .addColumn('chain', 'integer', (column) => column.primaryKey());
  await text(integer(heads, 'sequence'), 'hash').execute();
  const chains = Array.from({ length: AUDIT_CHAINS }, (_, chain) => ({ chain, sequence: 0, hash: '' }));
  await db.insertInto('audit_heads').values(chains).execute();
}

async function createAllowances(db: Db, dialect: Dialect): Promise<void> {
  const table: Table = db.schema.createTable('allowances').addColumn('name', 'text', (column) => column.primaryKey());
  await integer(table, 'full_at_us').execute();
  await dialect.scratch(db, 'allowances');
}

async function createInstruments(db: Db): Promise<void> {
  let table: Table = db.schema.createTable('instruments').addColumn('isin', 'text', (column) => column.primaryKey());
  table = integer(text(table, 'name'), 'tradable', 'fractional', 'revision');
  await optionalText(table, 'wkn', 'updated_at').execute();
  await sql`create index instruments_revision on instruments (revision, isin)`.execute(db);
  let copy: Table = db.schema
    .createTable('instrument_copy')
    .addColumn('id', 'integer', (column) => column.primaryKey());
  copy = integer(text(copy, 'tenant'), 'revision', 'full_pass', 'full_skipped');
  copy = optionalInteger(copy, 'lease_until', 'full_offset', 'full_done_at', 'checked_at', 'refused_at');
  await optionalText(copy, 'lease_owner', 'newest').execute();
  await db
    .insertInto('instrument_copy')
    .values({ id: 1, tenant: '', revision: 0, full_pass: 1, full_skipped: 0 })
    .execute();
  const requests: Table = db.schema
    .createTable('instrument_requests')
    .addColumn('instrument', 'text', (column) => column.primaryKey());
  await integer(requests, 'asked').execute();
}

async function createSweeps(db: Db): Promise<void> {
  const table: Table = db.schema.createTable('sweeps').addColumn('id', 'integer', (column) => column.primaryKey());
  await optionalText(
    optionalInteger(integer(table, 'portfolios'), 'lease_until', 'done_at'),
    'lease_owner',
    'next_page',
    'days_from',
  ).execute();
  await db.insertInto('sweeps').values({ id: 1, portfolios: 0 }).execute();
  await sql`create index workflows_problems on workflows (kind, state) where state in ('PROBLEM', 'DRIFTED', 'UNMATCHED')`.execute(
    db,
  );
}

/**
 * All migrations, oldest first. A released migration is never changed; new ones are appended. Expand, then contract: a
 * migration may add what the previous release does not need. One that removes something comes a release after its last
 * use, and declares with `needs` the migration that a gateway must know from then on.
 */
function migrations(dialect: Dialect): Record<string, Migration> {
  return {
    '0001_begin': {
      async up(db: Db) {
        await createWorkflows(db);
        await createHistoryAndKeys(db);
        await createInbox(db, dialect);
        await createLog(db, dialect);
        await createLocksAndIndexes(db);
        await createAudit(db);
      },
    },
    '0002_inbox_in_order': {
      async up(db: Db) {
        await sql`create index inbox_waiting on inbox (subject, id) where due_at is not null`.execute(db);
        await sql`create index inbox_worked on inbox (id) where state = 'WORKED'`.execute(db);
        await sql`create index workflows_unanswered on workflows (account_group_id) where sent_at is not null and subject is null`.execute(
          db,
        );
      },
    },
    '0003_fleet': {
      async up(db: Db) {
        await createAllowances(db, dialect);
        await db.schema
          .createTable('schema_floor')
          .addColumn('migration', 'text', (column) => column.primaryKey())
          .execute();
      },
    },
    '0004_written_versions': {
      async up(db: Db) {
        for (const name of ['written_version', 'written_at']) {
          await db.schema.alterTable('locks').addColumn(name, 'bigint').execute();
        }
      },
    },
    '0005_sendings': {
      async up(db: Db) {
        await db.schema.alterTable('workflows').addColumn('sendings', 'text').execute();
        await sql`create index locks_owner on locks (owner) where owner is not null`.execute(db);
        // Ended requests without an object at the broker: an unattributed event may be theirs.
        await sql`create index workflows_ended on workflows (account_group_id, created_at) where step is null and subject is null and sendings is not null`.execute(
          db,
        );
      },
    },
    '0007_open_of_group': {
      async up(db: Db) {
        await sql`create index workflows_open_of_group on workflows (account_group_id) where (step is not null or state = 'NEEDS_REVIEW')`.execute(
          db,
        );
      },
    },
    '0008_audited_rows': {
      async up(db: Db) {
        await db.schema.alterTable('workflows').addColumn('audited', 'integer').execute();
        await sql`create index audit_subject on audit (subject_id, sequence)`.execute(db);
      },
    },
    '0009_tenant_profile': {
      async up(db: Db) {
        const table = integer(text(db.schema.createTable('tenant_profile'), 'tenant', 'field', 'value'), 'learned_at');
        await table.addPrimaryKeyConstraint('tenant_profile_key', ['tenant', 'field']).execute();
      },
    },
    '0010_instruments': { up: createInstruments },
    '0011_sweeps': { up: createSweeps },
  };
}

/**
 * Brings the tables up to date, once, under the database's own lock. A database that a newer gateway has already
 * migrated is left as it is: migrations only add until the release after, so an older gateway goes on working on it.
 */
export async function migrate(db: Db, dialect: Dialect): Promise<void> {
  const known = migrations(dialect);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => known } });
  await refuseIfTooNew(db, Object.keys(known));
  if (await isNewer(db, Object.keys(known))) return;
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new Error('the database could not be migrated', { cause: error });
}

/**
 * Throws StoreUnavailableError where a newer gateway has removed something that this one needs: a migration that removes
 * something writes into `schema_floor` which migration a gateway must know from then on.
 */
async function refuseIfTooNew(db: Db, known: readonly string[]): Promise<void> {
  const tables = await db.introspection.getTables();
  if (!tables.some((table) => table.name === 'schema_floor')) return;
  const floor = await db.selectFrom('schema_floor').select('migration').execute();
  const missing = floor.find(({ migration }) => !known.includes(migration));
  if (missing === undefined) return;
  throw new StoreUnavailableError(
    `the database is that of a newer gateway (it needs ${missing.migration}); start a newer version of this one`,
  );
}

/** The migrations that this database has not had, oldest first. Rejects as {@link migrate} where it is too new. */
export async function missingMigrations(
  db: Db,
  dialect: Dialect,
): Promise<{ readonly missing: readonly string[]; readonly isEmpty: boolean }> {
  const done = await doneMigrations(db);
  await refuseIfTooNew(db, Object.keys(migrations(dialect)));
  const missing = Object.keys(migrations(dialect)).filter((name) => !done.includes(name));
  return { missing, isEmpty: done.length === 0 };
}

async function doneMigrations(db: Db): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map((row) => row.name);
}

async function isNewer(db: Db, known: readonly string[]): Promise<boolean> {
  const names = await doneMigrations(db);
  return names.some((name) => !known.includes(name)) && known.every((name) => names.includes(name));
}
