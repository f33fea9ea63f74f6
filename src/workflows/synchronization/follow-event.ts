import type { EventSubject } from '../../datasources/upvest/index.ts';
import type { PortfolioId } from '../../domain/ids.ts';
import { lineOfCash, type ToldLine } from '../../domain/synchronization/line.ts';
import type { Writing } from '../../store/index.ts';
import { beginLine } from './line.ts';
import { followPortfolio } from './portfolio.ts';

/** The part of a broker's event that concerns the synchronization. */
export interface Synchronizable {
  /** Line of a ledger, where the event is of one. */
  readonly line: ToldLine | null;
}

/** Types of events after which the holdings may differ. */
const MOVING = /^(CASH_TRANSACTION|SECURIT(Y|IES)_TRANSACTION|POSITION|CASH_BALANCE|EXECUTION|ORDER)\./;

/** Null for an event that moves nothing. */
export function synchronizableOf(type: string, subject: EventSubject): Synchronizable | null {
  switch (subject.kind) {
    case 'cashTransaction':
      return { line: lineOfCash(subject.transaction) };
    case 'securitiesTransaction':
      return { line: subject.transaction };
    case 'unreadableLine':
      return { line: subject.line };
    default:
      return MOVING.test(type) ? { line: null } : null;
  }
}

/** Called in the transaction that finishes events of portfolios. Told twice, or late, does no harm. */
export async function synchronizeEvents(
  writing: Writing,
  events: ReadonlyMap<PortfolioId, readonly Synchronizable[]>,
): Promise<void> {
  // Sorted, so that two gateways can't deadlock.
  for (const [portfolioId, told] of [...events].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const lines = told.flatMap(({ line }) => line ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const line of lines) await beginLine(writing, portfolioId, line);
    await followPortfolio(writing, portfolioId);
  }
}
