import type { VirtualCashDirection } from '../../domain/virtual-cash.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { brokerIdOf } from '../cash/broker-events.ts';
import { keepJson, readKept } from '../engine/kept-json.ts';
import type { ObserveStep } from '../engine/step.ts';
import { statusOfVirtualCash } from './broker.ts';
import { cancelMemory, cancelVirtualCash } from './cancel-at-broker.ts';
import { end, moveTo, type VirtualCashKind } from './decisions.ts';

/** Follows the movement until it is at its end; asks for a decrease to be cancelled where that was wanted. */
export function awaitStep(direction: VirtualCashDirection): ObserveStep<VirtualCashKind> {
  return {
    kind: 'observe',
    run: async (context) => {
      const { row } = context;
      const status = await statusOfVirtualCash(
        context,
        direction,
        brokerIdOf(row.subject) ?? '',
        row.waiting_for !== null,
      );
      if (status === 'CONFIRMED') return end(row, 'CONFIRMED');
      if (status === 'CANCELLED') return end(row, 'CANCELLED', cancelReason(row));
      if (row.cancel_requested_at !== null) {
        return await cancelVirtualCash(context, {
          step: 'await',
          memory: row.progress === null ? null : readKept(cancelMemory, row.progress),
          remember: (memory) => ({ progress: memory && keepJson(memory) }),
          end: (state, reason) => end(row, state, reason),
        });
      }
      return { kind: 'wait', for: 'broker-event', states: moveTo(row, status) ?? [] };
    },
    resolve: {
      done: ({ row }) => end(row, 'CONFIRMED', 'Marked as made at Upvest by an operator.'),
      notDone: ({ row }) => end(row, 'CANCELLED', 'Marked as not made at Upvest by an operator.'),
    },
  };
}

const cancelReason = (row: WorkflowRow): string =>
  row.cancel_requested_at === null ? 'Cancelled by Upvest.' : 'Cancelled on request.';
