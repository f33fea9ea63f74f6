import { DEPOSIT_STATES, DEPOSIT_TRANSITIONS } from '../../domain/deposit.ts';
import { brokerIdOf } from '../cash/broker-events.ts';
import { cashDefinition } from '../cash/definition.ts';
import { recheckAfterEnd } from '../cash/ended.ts';
import { DEPOSIT } from '../cash/rows.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import { enter } from '../engine/step.ts';
import { statusOfVirtualCash } from '../virtual-cash/broker.ts';
import { book, bookHoldings, bookTransaction, notify } from './book.ts';
import { awaitFunded, fund } from './fund.ts';

/** docs/deposits.md */
export const depositWorkflow: WorkflowDefinition<'deposit'> = cashDefinition({
  kind: DEPOSIT,
  noun: 'DEPOSIT',
  transitions: DEPOSIT_TRANSITIONS,
  steps: {
    fund,
    'await-funded': awaitFunded,
    book,
    'book-transaction': bookTransaction,
    'book-holdings': bookHoldings,
    notify,
  },
  recheck: recheckAfterEnd({
    states: DEPOSIT_STATES,
    stillMoves: async (context) => {
      const status = await statusOfVirtualCash(context, 'INCREASE', brokerIdOf(context.row.subject) ?? '', false);
      return status !== 'UNKNOWN' && status !== 'CANCELLED';
    },
    // The money may still be on its way: followed like any other.
    done: ({ row }) => ({
      kind: 'advance',
      states: [enter('FUNDING')],
      step: 'await-funded',
      patch: { subject: row.subject },
    }),
  }),
});
