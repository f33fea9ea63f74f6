import type { PortfolioId } from '../../domain/ids.ts';
import type { SynchronizationProblem } from '../../domain/synchronization/change.ts';
import { type Reading, rowsInState, type WorkflowRow, workflowOfSubject } from '../../store/index.ts';
import { orderIdOf } from '../order/followed.ts';
import { LEDGER_LINE, lineOf, MAX_PROBLEMS } from './line.ts';
import { checkedAtOf, isUnderWay, portfolioSubject } from './portfolio.ts';

/** State of a portfolio's synchronization in the store. */
export interface StoredSynchronization {
  /** Something is being brought over, or waits for it. */
  readonly isUnderWay: boolean;
  /** The holdings could not be written when they were last compared. */
  readonly isDrifted: boolean;
  /** When the holdings were last compared, in milliseconds by the store's clock. */
  readonly checkedAt: number | null;
  readonly problems: readonly SynchronizationProblem[];
}

export async function storedSynchronization(reading: Reading, id: PortfolioId): Promise<StoredSynchronization> {
  const row = await workflowOfSubject(reading, portfolioSubject(id));
  const lines = await rowsInState(reading, id, { kind: LEDGER_LINE, state: 'PROBLEM', limit: MAX_PROBLEMS });
  const orders = await rowsInState(reading, id, { kind: 'order-sync', state: 'UNMATCHED', limit: MAX_PROBLEMS });
  return {
    isUnderWay: await isUnderWay(reading, id),
    isDrifted: row?.state === 'DRIFTED',
    checkedAt: row === undefined ? null : checkedAtOf(row),
    problems: [...lines.map(problemOfLine), ...orders.map(problemOfOrder)],
  };
}

function problemOfLine(row: WorkflowRow): SynchronizationProblem {
  const { id, type, amount, currency, isin } = lineOf(row);
  return { id, type, amount, currency, isin, reason: row.reason ?? '' };
}

const problemOfOrder = (row: WorkflowRow): SynchronizationProblem => ({
  id: orderIdOf(row),
  type: 'ORDER',
  amount: null,
  currency: null,
  isin: null,
  reason: row.reason ?? '',
});
