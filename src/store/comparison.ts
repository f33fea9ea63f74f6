import { type AccountGroupId, oneSpelling, type PortfolioId } from '../domain/ids.ts';
import type { Reading, Store } from './store.ts';
import type { WorkflowRow } from './tables.ts';
import { readWorkflows } from './workflow-rows.ts';

/** How many workflows there are. */
export async function countWorkflows(reading: Reading): Promise<number> {
  const { count } = await reading.db
    .selectFrom('workflows')
    .select(reading.db.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** Portfolios that have had a workflow, by id, after one. */
export async function portfoliosWithWorkflows(
  reading: Reading,
  after: PortfolioId | undefined,
  limit: number,
): Promise<PortfolioId[]> {
  let query = reading.db.selectFrom('workflows').select('portfolio_id').distinct();
  if (after !== undefined) query = query.where('portfolio_id', '>', after);
  const rows = await query.orderBy('portfolio_id').limit(limit).execute();
  return rows.map((row) => row.portfolio_id);
}

export interface PortfolioGroup {
  /** Null: workflows that have to do with no account group. */
  readonly accountGroupId: AccountGroupId | null;
  /** When the oldest of its workflows was accepted. */
  readonly firstAt: number;
}

/** The account groups that a portfolio's workflows were about. */
export async function groupsOfPortfolio(reading: Reading, portfolioId: PortfolioId): Promise<PortfolioGroup[]> {
  const rows = await reading.db
    .selectFrom('workflows')
    .select((select) => ['account_group_id', select.fn.min('created_at').as('firstAt')])
    .where('portfolio_id', '=', portfolioId)
    .groupBy('account_group_id')
    .execute();
  const firstOf = new Map<AccountGroupId | null, number>();
  for (const { account_group_id: kept, firstAt } of rows) {
    const group = kept === null ? null : oneSpelling(kept);
    firstOf.set(group, Math.min(firstAt, firstOf.get(group) ?? firstAt));
  }
  return [...firstOf].map(([accountGroupId, firstAt]) => ({ accountGroupId, firstAt }));
}

/** The inputs of a portfolio's workflows of one kind. */
export async function inputsOfKind(
  { db }: Reading,
  portfolioId: PortfolioId,
  kind: WorkflowRow['kind'],
): Promise<string[]> {
  const rows = await db
    .selectFrom('workflows')
    .select('input')
    .where('portfolio_id', '=', portfolioId)
    .where('kind', '=', kind)
    .execute();
  return rows.map(({ input }) => input);
}

const PAGE = 1_000;

/** All workflows of a portfolio that changed since a time, a page at a time. */
export async function* workflowsOfPortfolio(
  store: Pick<Store, 'read'>,
  portfolioId: PortfolioId,
  changedSince: number,
): AsyncGenerator<WorkflowRow> {
  let after = '';
  for (;;) {
    const page = await store.read((reading) =>
      reading.db
        .selectFrom('workflows')
        .selectAll()
        .where('portfolio_id', '=', portfolioId)
        .where('updated_at', '>=', changedSince)
        .where('id', '>', after)
        .orderBy('id')
        .limit(PAGE)
        .execute(),
    );
    yield* readWorkflows(page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}
