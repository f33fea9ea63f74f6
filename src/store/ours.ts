import type { AccountGroupId, PortfolioId } from '../domain/ids.ts';
import type { Reading } from './store.ts';

/** Those of these account groups with a request of ours that may have made an object whose id we have not been told. */
export async function groupsWithUnansweredSend(
  reading: Reading,
  groups: readonly AccountGroupId[],
): Promise<ReadonlySet<AccountGroupId>> {
  if (groups.length === 0) return new Set();
  const rows = await reading.db
    .selectFrom('workflows')
    .select('account_group_id')
    .distinct()
    .where('account_group_id', 'in', groups)
    .where('step', 'is not', null)
    .where('sent_at', 'is not', null)
    .where('subject', 'is', null)
    .execute();
  return new Set(rows.flatMap(({ account_group_id: group }) => (group === null ? [] : [group])));
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
