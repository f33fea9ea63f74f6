import type { WorkflowRow } from '../../store/index.ts';
import { type Advance, enter } from '../engine/step.ts';
import { orderInputOf } from './rows.ts';

export const LATE = 'It could not be sent to the broker in time. Nothing was sent.';

/** Whether the time is over in which the order may be sent. */
export const isLate = (row: WorkflowRow, now: number): boolean => now >= orderInputOf(row).sendBefore;

/** Ends an order that the broker does not have; InvestSuite is told in the next step. */
export const leave = (
  row: WorkflowRow,
  state: 'CANCELLED' | 'REJECTED' | 'EXPIRED',
  reason: string,
): Advance<'order'> => ({
  kind: 'advance',
  states: [enter(state, reason)],
  step: 'close',
  patch: { cancel_requested_at: null },
  ...(row.cancel_requested_at !== null && { cancelAnswer: state === 'CANCELLED' ? 'cancelled' : 'notCancellable' }),
});
