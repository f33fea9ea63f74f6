import type { PortfolioId } from '../domain/ids.ts';
import type { Writing } from './store.ts';

/**
 * Serialises read, compute, write on one portfolio in InvestSuite, among all gateways. The owner is the work that needs
 * it (a workflow's id, an operation's), not the process: work that is taken over still holds its lock.
 */
export interface PortfolioLock {
  readonly portfolioId: PortfolioId;
  readonly owner: string;
  /** Rises with every new owner. */
  readonly fence: number;
}

/** Takes or keeps the lock until a time; undefined while another owner has it. */
export async function takePortfolioLock(
  writing: Writing,
  portfolioId: PortfolioId,
  owner: string,
  until: number,
): Promise<PortfolioLock | undefined> {
  await writing.db
    .insertInto('portfolio_locks')
    .values({ portfolio_id: portfolioId, owner: null, until: null, fence: 0 })
    .onConflict((conflict) => conflict.column('portfolio_id').doNothing())
    .execute();
  const taken = await writing.db
    .updateTable('portfolio_locks')
    .set((set) => ({
      owner,
      until,
      fence: set
        .case()
        .when('owner', '=', owner)
        .then(set.ref('fence'))
        .else(set('fence', '+', 1))
        .end(),
    }))
    .where('portfolio_id', '=', portfolioId)
    .where((where) =>
      where.or([where('owner', 'is', null), where('owner', '=', owner), where('until', '<=', writing.now())]),
    )
    .returning('fence')
    .executeTakeFirst();
  return taken && { portfolioId, owner, fence: taken.fence };
}

/** Gives the lock back, where it is still the owner's, and lets workflows that wait for it look at once. */
export async function releasePortfolioLock(writing: Writing, portfolioId: PortfolioId, owner: string): Promise<void> {
  const released = await writing.db
    .updateTable('portfolio_locks')
    .set({ owner: null, until: null })
    .where('portfolio_id', '=', portfolioId)
    .where('owner', '=', owner)
    .returning('fence')
    .executeTakeFirst();
  if (released === undefined) return;
  await writing.db
    .updateTable('workflows')
    .set((set) => ({ due_at: writing.now(), nudges: set('nudges', '+', 1) }))
    .where('portfolio_id', '=', portfolioId)
    .where('step', 'is not', null)
    .where('waiting_for', '=', 'portfolio-lock')
    .execute();
  writing.wake('work');
}
