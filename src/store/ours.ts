import { sql } from 'kysely';
import { type AccountGroupId, type PortfolioId, spellingsOf } from '../domain/ids.ts';
import type { WorkflowKind } from '../domain/workflow-kinds.ts';
import type { Reading } from './store.ts';
import type { WorkflowRow } from './tables.ts';
import { readWorkflows } from './workflow-rows.ts';

const rowsOfGroups = (reading: Reading, groups: readonly AccountGroupId[]) =>
  reading.db.selectFrom('workflows').selectAll().where('account_group_id', 'in', groups.flatMap(spellingsOf));

/** Rows of an account group that are not finished or need a person, of whichever portfolio, oldest first. */
export async function openOfAccountGroup(
  reading: Reading,
  group: AccountGroupId,
  kinds: readonly WorkflowKind[],
): Promise<WorkflowRow[]> {
  const open = rowsOfGroups(reading, [group])
    .where('kind', 'in', kinds)
    // Exactly as in the index workflows_open_of_group: otherwise the index is not used.
    .where(sql<boolean>`(step is not null or state = 'NEEDS_REVIEW')`);
  return readWorkflows(await open.orderBy('created_at').orderBy('id').execute());
}

/** Rows of these account groups that have sent something whose answer is not known, those that wait for a person included. */
export async function unansweredOfGroups(reading: Reading, groups: readonly AccountGroupId[]): Promise<WorkflowRow[]> {
  if (groups.length === 0) return [];
  const marked = rowsOfGroups(reading, groups).where('step', 'is not', null).where('sent_at', 'is not', null);
  return readWorkflows(await marked.where('subject', 'is', null).execute());
}

/** Those of these upstream objects that belong to a request of ours. */
export async function subjectsOfWorkflows(reading: Reading, subjects: readonly string[]): Promise<ReadonlySet<string>> {
  if (subjects.length === 0) return new Set();
  const rows = await reading.db.selectFrom('workflows').select('subject').where('subject', 'in', subjects).execute();
  return new Set(rows.flatMap(({ subject }) => (subject === null ? [] : [subject])));
}

/** The portfolios of those of these account groups whose link has been seen. */
export async function portfoliosOfAccountGroups(
  reading: Reading,
  groups: readonly AccountGroupId[],
): Promise<ReadonlyMap<AccountGroupId, PortfolioId>> {
  if (groups.length === 0) return new Map();
  const rows = await reading.db
    .selectFrom('seen_account_groups')
    .selectAll()
    .where('account_group_id', 'in', groups)
    .execute();
  return new Map(rows.map((row) => [row.account_group_id, row.portfolio_id]));
}

/** A bound for lists that are nearly always short. */
const MAX_ALIKE = 500;

/**
 * The newest other rows of the portfolio, of the same kind and currency, that have changed since a time. The caller compares
 * amounts: 40 and 40.00 are kept as they were written.
 */
export async function changedAlike(
  reading: Reading,
  row: Pick<WorkflowRow, 'id' | 'portfolio_id' | 'kind' | 'currency'>,
  since: number,
): Promise<WorkflowRow[]> {
  const alike = reading.db
    .selectFrom('workflows')
    .selectAll()
    .where('portfolio_id', '=', row.portfolio_id)
    .where('kind', '=', row.kind)
    .where('currency', '=', row.currency)
    .where('id', '<>', row.id)
    .where('updated_at', '>=', since);
  return readWorkflows(await alike.orderBy('created_at', 'desc').limit(MAX_ALIKE).execute());
}

/**
 * Rows of an account group that have ended without an object of the broker's after something was sent for them, newest first. The
 * caller compares amounts.
 */
export async function endedWithoutSubject(reading: Reading, accountGroupId: AccountGroupId): Promise<WorkflowRow[]> {
  const ended = rowsOfGroups(reading, [accountGroupId])
    .where('step', 'is', null)
    .where('subject', 'is', null)
    .where('sendings', 'is not', null)
    .where('state', 'in', ['FAILED', 'CANCELLED']);
  return readWorkflows(await ended.orderBy('created_at', 'desc').limit(MAX_ALIKE).execute());
}
