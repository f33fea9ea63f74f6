import { z } from 'zod';
import type { VirtualCashDirection } from '../../domain/virtual-cash.ts';
import { virtualCashSubject } from '../cash/broker-events.ts';
import { lookForVirtualCash } from '../cash/broker-evidence.ts';
import { enter, type WriteStep, writeStepOf } from '../engine/step.ts';
import { sendVirtualCash } from './broker.ts';
import { end, moveTo, type VirtualCashKind } from './decisions.ts';

/** Sends the movement to the broker. */
export function issueStep(direction: VirtualCashDirection): WriteStep<VirtualCashKind> {
  return writeStepOf<VirtualCashKind>()({
    system: 'UPVEST',
    memo: z.null(),
    preparesFromRow: true,
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
