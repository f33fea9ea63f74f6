import type { WorkflowRow } from '../../store/index.ts';
import { withdrawalInputOf } from '../cash/rows.ts';
import { type Decision, enter } from '../engine/step.ts';
import type { Payment } from './payment.ts';
import { bookFirst, leave, progressOf } from './progress.ts';

/** Decision for a stage of the payment. */
export function follow(row: WorkflowRow, now: Payment): Decision<'withdrawal'> {
  switch (now.stage) {
    case 'paid':
      return isPaid(row) ? { kind: 'advance', step: bookFirst(row) } : paid(row);
    case 'cancelled':
      return isPaid(row) ? returned(row, now) : leave(row, ...endOfCancelled(row, now));
    case 'processing':
      return { kind: 'wait', for: 'broker-event', states: row.state === 'PROCESSING' ? [] : [enter('PROCESSING')] };
    case 'new':
    case 'unknown':
      return { kind: 'wait', for: 'broker-event' };
    default:
      return now.stage satisfies never;
  }
}

const isPaid = (row: WorkflowRow): boolean => row.state === 'PAID' || row.state === 'COMPLETED';

export const paid = (row: WorkflowRow): Decision<'withdrawal'> => ({
  kind: 'advance',
  // Upvest reaches CONFIRMED only through PROCESSING, so the row enters it too.
  states: [
    ...(row.state === 'SUBMITTED' && withdrawalInputOf(row).payout === 'withdrawal' ? [enter('PROCESSING')] : []),
    enter('PAID'),
  ],
  step: bookFirst(row),
  ...(row.cancel_requested_at !== null && { patch: { cancel_requested_at: null }, cancelAnswer: 'notCancellable' }),
});

/** The bank sent it back after it had been paid out. */
export function returned(row: WorkflowRow, { cancellationReason }: Payment): Decision<'withdrawal'> {
  const by = cancellationReason === null ? '' : ` (${cancellationReason})`;
  const told = progressOf(row).told === true;
  const reason = told
    ? `The bank returned the payment to the broker${by}. InvestSuite has booked the withdrawal, but not the return.`
    : `The bank returned the payment to the broker${by}. InvestSuite has not booked the withdrawal.`;
  return leave(row, 'RETURNED', reason);
}

function endOfCancelled(row: WorkflowRow, { cancellationReason }: Payment): ['CANCELLED' | 'FAILED', string] {
  // A DELETE whose answer was lost may be why, also where a repetition of it was refused.
  const isOurs = row.cancel_requested_at !== null || progressOf(row).cancel?.again === true;
  if (isOurs || cancellationReason === 'CANCELLED_BY_CLIENT') {
    return ['CANCELLED', 'Cancelled on request.'];
  }
  return ['FAILED', `Cancelled by the broker${cancellationReason === null ? '' : ` (${cancellationReason})`}.`];
}
