import type { CompiledQuery } from 'kysely';
import type { AccountGroupId, PortfolioId, TransactionId } from '../domain/ids.ts';
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

/** That as a statement. It is nearly always known already, and then nothing is written and no row locked. */
export function accountGroupWrite(
  { db }: Reading,
  accountGroupId: AccountGroupId,
  portfolioId: PortfolioId,
): CompiledQuery {
  const known = db
    .selectFrom('seen_account_groups')
    .select('portfolio_id')
    .where('account_group_id', '=', accountGroupId)
    .where('portfolio_id', '=', portfolioId);
  const unlessKnown = db
    .selectNoFrom(({ val }) => [val(accountGroupId).as('account_group_id'), val(portfolioId).as('portfolio_id')])
    .where(({ not, exists }) => not(exists(known)));
  return db
    .insertInto('seen_account_groups')
    .columns(['account_group_id', 'portfolio_id'])
    .expression(unlessKnown)
    .onConflict((conflict) => conflict.column('account_group_id').doUpdateSet({ portfolio_id: portfolioId }))
    .compile();
}
