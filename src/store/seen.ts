import { type CompiledQuery, sql } from 'kysely';
import type { AccountGroupId, PortfolioId, TransactionId } from '../domain/ids.ts';
import { fixed } from './fixed-statements.ts';
import type { Reading, Writing } from './store.ts';

/** Stores the portfolio of a transaction, since the id does not contain it. */
export async function rememberTransactions(
  writing: Writing,
  portfolioId: PortfolioId,
  transactionIds: readonly TransactionId[],
): Promise<void> {
  if (transactionIds.length === 0) return;
  await writing.db
    .insertInto('seen_transactions')
    .values(transactionIds.map((id) => ({ transaction_id: id, portfolio_id: portfolioId })))
    .onConflict((conflict) => conflict.column('transaction_id').doNothing())
    .execute();
}

/** The portfolios of those transactions that have been seen. */
export async function portfoliosOfTransactions(
  reading: Reading,
  transactionIds: readonly TransactionId[],
): Promise<ReadonlyMap<TransactionId, PortfolioId>> {
  if (transactionIds.length === 0) return new Map();
  const rows = await reading.db
    .selectFrom('seen_transactions')
    .selectAll()
    .where('transaction_id', 'in', transactionIds)
    .execute();
  return new Map(rows.map((row) => [row.transaction_id, row.portfolio_id]));
}

/** Remembers which portfolio an account group belongs to; the latest link wins. */
export async function rememberAccountGroup(
  writing: Writing,
  accountGroupId: AccountGroupId,
  portfolioId: PortfolioId,
): Promise<void> {
  await writing.db.executeQuery(accountGroupWrite(writing, accountGroupId, portfolioId));
}

const groupUnlessKnown = fixed((db) => ({
  compile: () =>
    sql`
      insert into seen_account_groups (account_group_id, portfolio_id) select ${''}, ${''}
      where not exists (select 1 from seen_account_groups where account_group_id = ${''} and portfolio_id = ${''})
      on conflict (account_group_id) do update set portfolio_id = excluded.portfolio_id`.compile(db),
}));

/** That as a statement. It is nearly always known already, and then nothing is written and no row locked. */
export const accountGroupWrite = (
  reading: Reading,
  accountGroupId: AccountGroupId,
  portfolioId: PortfolioId,
): CompiledQuery => groupUnlessKnown.with(reading, [accountGroupId, portfolioId, accountGroupId, portfolioId]);
