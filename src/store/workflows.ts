import { type CompiledQuery, sql } from 'kysely';
import { type AccountGroupId, type PortfolioId, spellingsOf } from '../domain/ids.ts';
import type { WorkflowKind, WorkflowState } from '../domain/workflow-kinds.ts';
import { auditedHistory, madeRow } from './audited-rows.ts';
import { type FixedStatement, fixed } from './fixed-statements.ts';
import { claimDue, giveBackLeases, type LeaseClaim, NO_LEASE } from './leases.ts';
import { accountGroupWrite } from './seen.ts';
import type { Reading, Writing } from './store.ts';
import type { NewWorkflowRow, StoredWorkflowRow, WorkflowPatch, WorkflowRow } from './tables.ts';
import { type Consequences, historyOfStates, record, recordChange } from './workflow-records.ts';
import { readWorkflow, readWorkflowIfAny, readWorkflows, UnknownWorkflowError } from './workflow-rows.ts';

/**
 * Accepts a request: the row, its first history entry, event and audit entry, and the portfolio of its account group.
 * Due at once where `due_at` says so.
 */
export async function insertWorkflow(writing: Writing, row: NewWorkflowRow, what: Consequences): Promise<void> {
  const writes = [...writing.dialect.inserts(writing.db, 'workflows', [{ ...row, audited: 1 }])];
  const { account_group_id: group, portfolio_id: portfolio } = row;
  if (group != null) writes.push(accountGroupWrite(writing, group, portfolio));
  // Its first state is as old as itself: the engine relies on that.
  const begun = { now: () => row.created_at };
  const history = historyOfStates(begun, { id: row.id, version: row.version - what.states.length }, what.states);
  const change = madeRow(row, history.map(auditedHistory));
  await record(writing, row, { ...what, history, change }, writes);
  if (row.due_at !== null) writing.wake('work');
}

/** When what this release can't work on is looked at again, by another release perhaps. */
const PUT_OFF_MS = 60_000;

/** Leases due rows: see leases.ts. `onUnknown`: told of rows that this release does not know. */
export async function claimWorkflows(
  writing: Writing,
  claim: LeaseClaim,
  onUnknown?: (error: UnknownWorkflowError) => void,
): Promise<WorkflowRow[]> {
  const rows: WorkflowRow[] = [];
  for (const stored of await claimDue(writing, 'workflows', claim)) {
    try {
      rows.push(readWorkflow(stored));
    } catch (error) {
      if (!(error instanceof UnknownWorkflowError)) throw error;
      onUnknown?.(error);
      const later = { due_at: writing.now() + PUT_OFF_MS, ...NO_LEASE };
      await writing.db.updateTable('workflows').set(later).where('id', '=', stored.id).execute();
    }
  }
  return rows;
}

/** Gives back all leases of an owner (undefined: of anybody), and wakes who may take the rows now. */
export async function releaseLeases(writing: Writing, owner: string | undefined): Promise<void> {
  await giveBackLeases(writing, 'workflows', owner);
  writing.wake('work');
}

export interface StepCommit extends Consequences {
  readonly patch: WorkflowPatch;
  /** Keep the lease and go on with the row, or give it back. */
  readonly lease: 'keep' | 'release';
  /** Refuse the commit when a nudge has come since the row was read: before something is sent that it could forbid. */
  readonly unlessNudged?: boolean | undefined;
}

/**
 * Commits a step: state, next step and events, in one transaction. A nudge since the row was read makes it due at once, unless it
 * waits for an operator now: then only that person's decision has it send again.
 * Returns the new row; undefined where the lease was lost (or a nudge came and `unlessNudged` is set): then nothing was
 * written, and a transaction with further writes must throw.
 */
export async function commitStep(
  writing: Writing,
  lease: WorkflowRow,
  step: StepCommit,
): Promise<WorkflowRow | undefined> {
  const now = writing.now();
  const { rows } = await writing.db.executeQuery(updateOf(writing, lease, step, now));
  const row = readWorkflowIfAny(rows[0]);
  if (row === undefined) return undefined;
  await recordChange(writing, lease, row, step);
  if (row.due_at !== null && row.due_at <= now && step.lease === 'release') writing.wake('work');
  return row;
}

/** One for each list of columns that steps set. */
const updates = new Map<string, FixedStatement<StoredWorkflowRow>>();

function updateOf(
  writing: Writing,
  lease: WorkflowRow,
  { patch, states, lease: how, unlessNudged = false }: StepCommit,
  now: number,
): CompiledQuery<StoredWorkflowRow> {
  const { due_at: wanted, ...given } = patch;
  const isForPerson = given.state === 'NEEDS_REVIEW' && wanted === null;
  const dueAt = isForPerson ? undefined : wanted;
  const release = { ...(how === 'release' ? NO_LEASE : {}), ...(isForPerson ? { due_at: null } : {}) };
  const whole = { ...given, ...release, audited: 1, version: lease.version + states.length, updated_at: now };
  const set = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  const key = JSON.stringify([Object.keys(set), dueAt === undefined, unlessNudged]);
  const known = updates.get(key) ?? fixed((db) => buildUpdate(db, { set, dueAt, unlessNudged, lease, now }));
  updates.set(key, known);
  return known.with(writing, [
    ...Object.values(set),
    ...(dueAt === undefined ? [] : [lease.nudges, dueAt, now]),
    ...(unlessNudged ? [lease.nudges] : []),
    lease.id,
    lease.fence,
    lease.lease_owner,
  ]);
}

interface Update {
  readonly set: WorkflowPatch;
  readonly dueAt: number | null | undefined;
  readonly unlessNudged: boolean;
  readonly lease: WorkflowRow;
  readonly now: number;
}

/** Its values stand in the order in which {@link updateOf} gives them. */
function buildUpdate(db: Writing['db'], { set, dueAt, unlessNudged, lease, now }: Update) {
  let update = db.updateTable('workflows').set(set);
  if (dueAt !== undefined) {
    update = update.set((columns) => ({
      due_at: columns.case().when('nudges', '=', lease.nudges).then(bigint(dueAt)).else(bigint(now)).end(),
    }));
  }
  if (unlessNudged) update = update.where('nudges', '=', lease.nudges);
  return update
    .where('id', '=', lease.id)
    .where('fence', '=', lease.fence)
    .where('lease_owner', '=', lease.lease_owner)
    .returningAll();
}

/** In a CASE PostgreSQL does not infer a parameter's type from its column. */
const bigint = (value: number | null) => sql<number | null>`cast(${value} as bigint)`;

/**
 * Changes a row from outside of its lease, as a command does: read it with {@link lockWorkflow} in the same transaction.
 * It counts as a nudge: a worker that has the row notices before it sends anything, and looks again.
 */
export async function changeWorkflow(
  writing: Writing,
  row: WorkflowRow,
  patch: WorkflowPatch,
  what: Consequences,
): Promise<WorkflowRow> {
  const stored = await writing.db
    .updateTable('workflows')
    .set((set) => ({
      ...patch,
      audited: 1,
      nudges: set('nudges', '+', 1),
      // A state change from outside applies only while no worker has the row; else its commit is refused.
      ...((what.states.length > 0 || patch.step === null) && { fence: set('fence', '+', 1) }),
      version: row.version + what.states.length,
      updated_at: writing.now(),
    }))
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const changed = readWorkflow(stored);
  await recordChange(writing, row, changed, { ...what, patch });
  if (changed.due_at !== null) writing.wake('work');
  return changed;
}

/** Rows to wake: those of an upstream's object, one by its id, or those that wait for a portfolio. */
export type Nudge =
  | { readonly subject: string }
  | { readonly workflowId: string }
  | { readonly accountGroupId: AccountGroupId; readonly waitingFor: string }
  | { readonly portfolioId: PortfolioId; readonly waitingFor: string };

const dueNow = (db: Writing['db'], at: number) =>
  db
    .updateTable('workflows')
    .set((set) => ({ due_at: at, nudges: set('nudges', '+', 1) }))
    .where('state', '<>', 'NEEDS_REVIEW')
    .returning('id');
const nudgeSubject = fixed((db) => dueNow(db, 0).where('subject', '=', ''));
const nudgeId = fixed((db) => dueNow(db, 0).where('id', '=', ''));

/** Makes rows due now. A row in review rests: its events stay in the inbox until it continues. */
export async function nudge(writing: Writing, whose: Nudge): Promise<void> {
  const { rows } = await writing.db.executeQuery(nudgeOf(writing, whose));
  if (rows.length > 0) writing.wake('work');
}

function nudgeOf(writing: Writing, whose: Nudge): CompiledQuery<{ id: string }> {
  const at = writing.now();
  const fixedPart = [at, 1, 'NEEDS_REVIEW'];
  if ('subject' in whose) return nudgeSubject.with(writing, [...fixedPart, whose.subject]);
  if ('workflowId' in whose) return nudgeId.with(writing, [...fixedPart, whose.workflowId]);
  let update = dueNow(writing.db, at);
  if ('accountGroupId' in whose) {
    update = update
      .where('account_group_id', 'in', spellingsOf(whose.accountGroupId))
      .where('waiting_for', '=', whose.waitingFor);
  } else {
    update = update
      .where('portfolio_id', '=', whose.portfolioId)
      .where('step', 'is not', null)
      .where('waiting_for', '=', whose.waitingFor);
  }
  return update.compile();
}

const workflows = ({ db }: Pick<Reading, 'db'>) => db.selectFrom('workflows').selectAll();
const byId = fixed((db) => workflows({ db }).where('id', '=', ''));
const byIdLocked = fixed((db, dialect) => dialect.lock(workflows({ db }).where('id', '=', '')));
const bySubject = fixed((db) => workflows({ db }).where('subject', '=', ''));

async function oneOf(
  reading: Reading,
  statement: FixedStatement<StoredWorkflowRow>,
  parameter: string,
): Promise<WorkflowRow | undefined> {
  const { rows } = await reading.db.executeQuery(statement.with(reading, [parameter]));
  return readWorkflowIfAny(rows[0]);
}

export const getWorkflow = (reading: Reading, id: string): Promise<WorkflowRow | undefined> => oneOf(reading, byId, id);

/** Reads a row and keeps everybody else from changing it until this transaction ends. */
export const lockWorkflow = (writing: Writing, id: string): Promise<WorkflowRow | undefined> =>
  oneOf(writing, byIdLocked, id);

/** The row that an upstream's object belongs to. */
export const workflowOfSubject = (reading: Reading, subject: string): Promise<WorkflowRow | undefined> =>
  oneOf(reading, bySubject, subject);

/** Rows of a portfolio that are not finished, oldest first. */
export async function openWorkflows(
  reading: Reading,
  portfolioId: PortfolioId,
  kinds: readonly WorkflowKind[],
): Promise<WorkflowRow[]> {
  const open = workflows(reading).where('portfolio_id', '=', portfolioId).where('kind', 'in', kinds);
  return readWorkflows(await open.where('step', 'is not', null).orderBy('created_at').orderBy('id').execute());
}

/** Rows of a portfolio that have something left to do: open ones, and those at rest that were told to look again. */
export async function unfinishedWorkflows(
  reading: Reading,
  portfolioId: PortfolioId,
  kinds: readonly WorkflowKind[],
): Promise<WorkflowRow[]> {
  const rows = workflows(reading).where('portfolio_id', '=', portfolioId).where('kind', 'in', kinds);
  const unfinished = rows.where((where) => where.or([where('step', 'is not', null), where('due_at', 'is not', null)]));
  return readWorkflows(await unfinished.orderBy('created_at').orderBy('id').execute());
}

/** A portfolio's rows of a kind that are in a state, oldest first. */
export async function rowsInState(
  reading: Reading,
  portfolioId: PortfolioId,
  { kind, state, limit }: { readonly kind: WorkflowKind; readonly state: WorkflowRow['state']; readonly limit: number },
): Promise<WorkflowRow[]> {
  const rows = workflows(reading).where('portfolio_id', '=', portfolioId).where('kind', '=', kind);
  const found = rows.where('state', '=', state).orderBy('created_at').orderBy('id').limit(limit);
  return readWorkflows(await found.execute());
}

/** Portfolios of rows that need attention in their synchronization, after an id, by id. */
export async function portfoliosWithProblems(
  { db }: Reading,
  after: PortfolioId | undefined,
  limit: number,
): Promise<PortfolioId[]> {
  // As in the index of these rows.
  const found = db.selectFrom('workflows').where('state', 'in', ['PROBLEM', 'DRIFTED', 'UNMATCHED']);
  const later = after === undefined ? found : found.where('portfolio_id', '>', after);
  const rows = await later.select('portfolio_id').distinct().orderBy('portfolio_id').limit(limit).execute();
  return rows.map((row) => row.portfolio_id);
}

/** A bound for a list that is nearly always empty. */
const MAX_NEWER = 500;

/** Rows of the same portfolio and kind that were accepted after this one, oldest first. */
export async function newerWorkflows(
  reading: Reading,
  row: Pick<WorkflowRow, 'portfolio_id' | 'kind' | 'created_at' | 'id'>,
): Promise<WorkflowRow[]> {
  const newer = workflows(reading)
    .where('portfolio_id', '=', row.portfolio_id)
    .where('kind', '=', row.kind)
    .where((where) =>
      where.or([
        where('created_at', '>', row.created_at),
        where.and([where('created_at', '=', row.created_at), where('id', '>', row.id)]),
      ]),
    );
  return readWorkflows(await newer.orderBy('created_at').orderBy('id').limit(MAX_NEWER).execute());
}

export interface WorkflowPage {
  /** Id of the last row seen; undefined: from the beginning. */
  readonly after: Pick<WorkflowRow, 'created_at' | 'id'> | undefined;
  readonly limit: number;
  /** Only rows that began then or later; milliseconds since 1970. */
  readonly since?: number | undefined;
  /** Only rows in one of these states. */
  readonly states?: readonly WorkflowState[] | undefined;
}

/** A portfolio's rows of some kinds, newest first. */
export async function listWorkflows(
  reading: Reading,
  portfolioId: PortfolioId,
  kinds: readonly WorkflowKind[],
  page: WorkflowPage,
): Promise<WorkflowRow[]> {
  const { after, since } = page;
  let query = workflows(reading).where('portfolio_id', '=', portfolioId).where('kind', 'in', kinds);
  if (since !== undefined) query = query.where('created_at', '>=', since);
  if (page.states !== undefined) query = query.where('state', 'in', page.states);
  if (after !== undefined) {
    query = query.where((where) =>
      where.or([
        where('created_at', '<', after.created_at),
        where.and([where('created_at', '=', after.created_at), where('id', '<', after.id)]),
      ]),
    );
  }
  return readWorkflows(await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(page.limit).execute());
}

/** Rows that need a person, the one that has waited longest first. */
export async function listReviews(
  reading: Reading,
  after: Pick<WorkflowRow, 'updated_at' | 'id'> | undefined,
  limit: number,
): Promise<WorkflowRow[]> {
  let query = workflows(reading).where('state', '=', 'NEEDS_REVIEW');
  if (after !== undefined) {
    query = query.where((where) =>
      where.or([
        where('updated_at', '>', after.updated_at),
        where.and([where('updated_at', '=', after.updated_at), where('id', '>', after.id)]),
      ]),
    );
  }
  return readWorkflows(await query.orderBy('updated_at').orderBy('id').limit(limit).execute());
}

export interface WorkflowCount {
  readonly kind: string;
  readonly state: string;
  readonly count: number;
  /** When the oldest of them was accepted. */
  readonly oldestCreatedAt: number;
}

/** Open rows by kind and state, those that wait for a person included; for metrics. */
export async function countOpenWorkflows(reading: Reading): Promise<WorkflowCount[]> {
  const { fn } = reading.db;
  return await reading.db
    .selectFrom('workflows')
    .select(['kind', 'state', fn.countAll<number>().as('count'), fn.min('created_at').as('oldestCreatedAt')])
    .where('step', 'is not', null)
    .groupBy(['kind', 'state'])
    .execute();
}
