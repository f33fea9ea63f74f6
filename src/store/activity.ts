import type { PortfolioId } from '../domain/ids.ts';
import type { WorkflowKind } from '../domain/workflow-kinds.ts';
import type { Reading } from './store.ts';

/** Events of the broker looked at: valuations may be among them, which move nothing. */
const LOOKED_AT = 20;

/**
 * When something last happened to a portfolio, in milliseconds by the store's clock: an event of the broker that is no valuation, or
 * a step of one of its rows that is not of these kinds. 0 where nothing has.
 */
export async function lastActivityAt(
  { db }: Reading,
  portfolioId: PortfolioId,
  except: readonly WorkflowKind[],
): Promise<number> {
  const events = await db
    .selectFrom('event_log')
    .select(['type', 'received_at'])
    .where('portfolio_id', '=', portfolioId)
    .where('source', '=', 'UPVEST')
    .orderBy('generation', 'desc')
    .orderBy('xid', 'desc')
    .orderBy('sequence', 'desc')
    .limit(LOOKED_AT)
    .execute();
  const rows = await db
    .selectFrom('workflows')
    .select((select) => select.fn.max('updated_at').as('at'))
    .where('portfolio_id', '=', portfolioId)
    .where('kind', 'not in', except)
    .executeTakeFirst();
  const event = events.find(({ type }) => !type.includes('VALUATION'));
  return Math.max(event?.received_at ?? 0, rows?.at ?? 0);
}
