import type { BrokerVirtualCashStatus } from '../../domain/broker-payments.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { type Advance, enter } from '../engine/step.ts';

/** Both directions have the same states and steps. */
export type VirtualCashKind = 'virtual-cash-increase' | 'virtual-cash-decrease';

/** The final decision of a row, with the answer to cancellation requests. */
export const end = (
  row: WorkflowRow,
  state: 'CONFIRMED' | 'CANCELLED' | 'FAILED',
  reason: string | null = null,
): Advance<VirtualCashKind> => ({
  kind: 'advance',
  states: [enter(state, reason)],
  step: null,
  ...(row.cancel_requested_at !== null && {
    patch: { cancel_requested_at: null },
    cancelAnswer: state === 'CANCELLED' ? 'cancelled' : 'notCancellable',
  }),
});

/** The state that a status of Upvest's means, where it is another one and not an end. */
export function moveTo(row: WorkflowRow, status: BrokerVirtualCashStatus) {
  if (status === 'QUEUED' && row.state !== 'QUEUED') return [enter('QUEUED')];
  if (status === 'ISSUED' && row.state === 'REQUESTED') return [enter('ISSUED')];
  return undefined;
}
