import type { NotificationShape, OrderPayload } from '../../domain/notification.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { NewLogEvent, WorkflowRow } from '../../store/index.ts';
import { timeOf } from '../cash/rows.ts';

const SHAPES = {
  order: 'OrderNotification',
  portfolio: 'PortfolioNotification',
} as const satisfies Record<string, NotificationShape>;

/** A transaction was written to InvestSuite: `TRANSACTION.SETTLED`. */
export function transactionEvent(
  row: WorkflowRow,
  at: number,
  transaction: Pick<Transaction, 'id' | 'status'>,
  orderId: string | null,
): NewLogEvent {
  const told: OrderPayload = { orderId, status: transaction.status, transactionId: transaction.id };
  return eventOf(row, at, { type: `TRANSACTION.${transaction.status}`, shape: SHAPES.order, payload: told });
}

/** Holdings were written to InvestSuite. */
export const holdingsEvent = (row: WorkflowRow, at: number): NewLogEvent =>
  eventOf(row, at, { type: 'PORTFOLIO.HOLDINGS_UPDATED', shape: SHAPES.portfolio, payload: {} });

function eventOf(
  row: WorkflowRow,
  at: number,
  { type, shape, payload }: { readonly type: string; readonly shape: NotificationShape; readonly payload: unknown },
): NewLogEvent {
  return {
    portfolioId: row.portfolio_id,
    source: 'GATEWAY',
    type,
    shape,
    objectId: null,
    occurredAt: timeOf(at),
    receivedAt: at,
    payload: JSON.stringify(payload),
  };
}
