import { z } from 'zod';
import { brokerIdOf, virtualCashSubject } from '../cash/broker-events.ts';
import { lookForVirtualCash } from '../cash/broker-evidence.ts';
import { enter, type ObserveStep, writeStepOf } from '../engine/step.ts';
import { sendVirtualCash, statusOfVirtualCash } from '../virtual-cash/broker.ts';
import { failed, funded } from './decisions.ts';

/** Increases the virtual cash at the broker. */
export const fund = writeStepOf<'deposit'>()({
  system: 'UPVEST',
  memo: z.null(),
  preparesFromRow: true,
  prepare: async () => ({ kind: 'send' as const, memo: null }),
  send: (context) => sendVirtualCash(context, 'INCREASE', 'fund'),
  repeats: 'key',
  look: (context, _memo, attempt) => lookForVirtualCash(context, 'INCREASE', attempt),
  doubt: 'The outcome of the virtual cash increase is unknown: Upvest did not answer. Look for the increase at Upvest.',
  accepted: ({ row }, _memo, made) => {
    const patch = { subject: virtualCashSubject('INCREASE', made.id) };
    return made.status === 'CONFIRMED'
      ? { ...funded(row, [enter('FUNDING')]), patch }
      : { kind: 'advance', states: [enter('FUNDING')], step: 'await-funded', patch };
  },
  refused: (_context, _memo, status) => failed(`Upvest refused to increase the virtual cash (${status}).`),
  resolve: {
    done: ({ row }) => funded(row),
    notDone: () => failed('Marked as not funded at the broker by an operator.'),
  },
});

/** Waits until the broker has confirmed the increase. */
export const awaitFunded: ObserveStep<'deposit'> = {
  kind: 'observe',
  run: async (context) => {
    const { row } = context;
    // Looked at once without asking: the webhook may have been here before the id was known.
    const status = await statusOfVirtualCash(
      context,
      'INCREASE',
      brokerIdOf(row.subject) ?? '',
      row.waiting_for !== null,
    );
    return status === 'CONFIRMED' ? funded(row) : { kind: 'wait', for: 'broker-event' };
  },
};
