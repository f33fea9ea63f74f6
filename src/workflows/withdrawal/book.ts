import { subtract, ZERO } from '../../domain/decimal.ts';
import { totalFor } from '../../domain/divestment.ts';
import { bookHoldingsStep, bookTransactionStep } from '../cash/booking.ts';
import { withdrawalInputOf } from '../cash/rows.ts';
import type { Advance, Decision, StepContext } from '../engine/step.ts';
import { ifReturned, notTold, refusedAfterPaid } from './decisions.ts';
import { progressOf, remembering } from './progress.ts';
import { reservedByUs } from './reservation.ts';

const transactionBooked = (): Advance<'withdrawal'> => ({ kind: 'advance', step: 'book-holdings' });

export const bookTransaction = bookTransactionStep({
  direction: 'out',
  instead: ifReturned,
  accepted: transactionBooked,
  foundBooked: ({ row }) => ({ ...transactionBooked(), patch: remembering(row, { foundBooked: true }) }),
  refused: refusedAfterPaid,
  resolve: { done: transactionBooked, notDone: notTold },
});

/** With the cash goes the reservation, in one PATCH: else the robo advisor would sell for it once more. */
const holdingsBooked = ({ row }: Pick<StepContext, 'row'>): Decision<'withdrawal'> => ({
  kind: 'advance',
  step: 'tell',
  patch: { ...remembering(row, { told: true }), reserved: null },
});

export const bookHoldings = bookHoldingsStep({
  direction: 'out',
  isPerhapsBooked: (row) => progressOf(row).foundBooked === true,
  total: async (context, { divestment }) => {
    if (!withdrawalInputOf(context.row).robo) return undefined;
    const ours = await reservedByUs(context);
    return totalFor({ current: divestment, ours }, subtract(ours, context.row.reserved ?? ZERO));
  },
  accepted: holdingsBooked,
  refused: refusedAfterPaid,
  resolve: { done: holdingsBooked, notDone: notTold },
});
