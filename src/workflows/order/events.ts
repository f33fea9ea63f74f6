import type { Transaction } from '../../domain/transaction.ts';
import type { LoggedEvent, NewLogEvent, WorkflowRow } from '../../store/index.ts';
import { timeOf } from '../cash/rows.ts';

/** A transaction was written to InvestSuite: `TRANSACTION.SETTLED`. */
export function transactionEvent(
  row: WorkflowRow,
  at: number,
  transaction: Pick<Transaction, 'id' | 'status'>,
  orderId: string | null,
): NewLogEvent {
  const content = { orderId, status: transaction.status, transactionId: transaction.id };
  return eventOf(row, at, `TRANSACTION.${transaction.status}`, { kind: 'order', content });
}

/** Holdings were written to InvestSuite. */
export const holdingsEvent = (row: WorkflowRow, at: number): NewLogEvent =>
  eventOf(row, at, 'PORTFOLIO.HOLDINGS_UPDATED', { kind: 'portfolio', content: {} });

const eventOf = (row: WorkflowRow, at: number, type: string, event: LoggedEvent): NewLogEvent => ({
  portfolioId: row.portfolio_id,
  source: 'GATEWAY',
  type,
  event,
  objectId: null,
  occurredAt: timeOf(at),
  receivedAt: at,
});
