import { z } from 'zod';
import type { BrokerVirtualCashStatus } from '../../domain/broker-payments.ts';
import { VIRTUAL_CASH_STATES, VIRTUAL_CASH_TRANSITIONS, type VirtualCashDirection } from '../../domain/virtual-cash.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { brokerIdOf, virtualCashSubject } from '../cash/broker-events.ts';
import { lookForVirtualCash } from '../cash/broker-evidence.ts';
import { moneyDefinition } from '../cash/definition.ts';
import { recheckAfterEnd } from '../cash/ended.ts';
import { VIRTUAL_CASH_DECREASE, VIRTUAL_CASH_INCREASE } from '../cash/rows.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import { type Decision, enter, type ObserveStep, type WriteStep } from '../engine/step.ts';
import { writeStep } from '../engine/write-step.ts';
import { sendVirtualCash, statusOfVirtualCash } from './broker.ts';
import { cancelMemory, cancelVirtualCash } from './cancelling.ts';

export const CANCEL_VIRTUAL_CASH_DECREASE = 'cancelVirtualCashDecrease';

/** The final decision of a row, with the answer to cancellation requests. */
const end = (
  row: WorkflowRow,
  state: 'CONFIRMED' | 'CANCELLED' | 'FAILED',
  reason: string | null = null,
): Decision => ({
  kind: 'advance',
  states: [enter(state, reason)],
  step: null,
  ...(row.cancel_requested_at !== null && {
    patch: { cancel_requested_at: null },
    cancelAnswer: state === 'CANCELLED' ? 'cancelled' : 'notCancellable',
  }),
});

function issueStep(direction: VirtualCashDirection): WriteStep {
  return writeStep({
    system: 'UPVEST',
    memo: z.null(),
    prepare: async ({ row }) =>
      row.cancel_requested_at === null
        ? { kind: 'send' as const, memo: null }
        : end(row, 'CANCELLED', 'Cancelled before it was sent.'),
    send: (context) => sendVirtualCash(context, direction, 'issue'),
    repeats: 'key',
    look: (context, _memo, attempt) => lookForVirtualCash(context, direction, attempt),
    doubt: 'The outcome of the movement is unknown: Upvest did not answer. Look for the movement at Upvest.',
    accepted: ({ row }, _memo, made) => {
      const patch = { subject: virtualCashSubject(direction, made.id) };
      const moved = moveTo(row, made.status);
      // Also a final answer is checked once more: webhooks may be newer.
      return { kind: 'advance', states: moved ?? [enter('ISSUED')], step: 'await', patch };
    },
    refused: ({ row }, _memo, status) => end(row, 'FAILED', `Upvest refused the movement (${status}).`),
    resolve: {
      done: ({ row }) => end(row, 'CONFIRMED', 'Marked as made at Upvest by an operator.'),
      notDone: ({ row }) => end(row, 'FAILED', 'Marked as not made at Upvest by an operator.'),
    },
  });
}

/** The state that a status of Upvest's means, where it is another one and not an end. */
function moveTo(row: WorkflowRow, status: BrokerVirtualCashStatus) {
  if (status === 'QUEUED' && row.state !== 'QUEUED') return [enter('QUEUED')];
  if (status === 'ISSUED' && row.state === 'REQUESTED') return [enter('ISSUED')];
  return undefined;
}

function awaitStep(direction: VirtualCashDirection): ObserveStep {
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
          memory: row.progress === null ? null : cancelMemory.parse(JSON.parse(row.progress)),
          remember: (memory) => ({ progress: memory && JSON.stringify(memory) }),
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

/** An event of an ended movement: only an effect after CANCELLED or FAILED matters. */
const recheckStep = (direction: VirtualCashDirection): ObserveStep =>
  recheckAfterEnd({
    stillMoves: async (context) => {
      const { row } = context;
      const status = await statusOfVirtualCash(context, direction, brokerIdOf(row.subject) ?? '', false);
      // A late event may report a cancelled movement as ISSUED or QUEUED; not a failed one.
      return status === 'CONFIRMED' || (row.state === 'FAILED' && (status === 'ISSUED' || status === 'QUEUED'));
    },
    done: ({ row }) => ({ kind: 'advance', states: [enter('ISSUED')], step: 'await', patch: { subject: row.subject } }),
  });

function definition(kind: string, direction: VirtualCashDirection): WorkflowDefinition {
  return moneyDefinition({
    kind,
    noun: `VIRTUAL_CASH_${direction}`,
    states: VIRTUAL_CASH_STATES,
    transitions: VIRTUAL_CASH_TRANSITIONS,
    steps: { issue: issueStep(direction), await: awaitStep(direction) },
    recheck: recheckStep(direction),
    ...(direction === 'DECREASE' && { cancelMutation: CANCEL_VIRTUAL_CASH_DECREASE }),
  });
}

export const virtualCashIncreaseWorkflow: WorkflowDefinition = definition(VIRTUAL_CASH_INCREASE, 'INCREASE');
export const virtualCashDecreaseWorkflow: WorkflowDefinition = definition(VIRTUAL_CASH_DECREASE, 'DECREASE');
