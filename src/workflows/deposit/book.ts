import { z } from 'zod';
import { portfolioLock, type WorkflowRow } from '../../store/index.ts';
import {
  bookHoldingsStep,
  bookTransactionStep,
  entering,
  type HoldingsBooking,
  waitForRebalancing,
} from '../cash/booking.ts';
import { lookForCashEvent } from '../cash/event-evidence.ts';
import { depositInputOf, moneyOf } from '../cash/rows.ts';
import { keepJson, readKept } from '../engine/kept-json.ts';
import { REBALANCING } from '../engine/settle.ts';
import {
  type Advance,
  type Decision,
  enter,
  type ReviewAnswers,
  review,
  type StepContext,
  type WriteStep,
  writeStepOf,
} from '../engine/step.ts';
import { stepKey } from '../engine/upstream-keys.ts';
import { failed } from './decisions.ts';

/** Before the first booking nothing has happened anywhere without funding; with it, the broker has the money. */
function refusedByInvestSuite({ row }: StepContext, status: number): Decision<'deposit'> {
  const nothingYet = depositInputOf(row).funding === 'none' && (row.step === 'book' || row.step === 'book-transaction');
  if (nothingYet) return failed(`InvestSuite refused the deposit (${status}).`);
  return review(
    `InvestSuite refused step ${row.step} (${status}), after the broker has the money or a part of the deposit is booked.`,
  );
}

const completed = (): Decision<'deposit'> => ({ kind: 'advance', states: [enter('COMPLETED')], step: null });

const notBooked: ReviewAnswers<'deposit'>['notDone'] = ({ row }) =>
  failed(
    depositInputOf(row).funding === 'none'
      ? `Marked by an operator: InvestSuite did not carry out step ${row.step}.`
      : `Funded at the broker. Marked by an operator: InvestSuite did not carry out step ${row.step}.`,
  );

/** InvestSuite's deposit event: books everything, or (`gateway`) only notifies the customer. */
function eventStep(step: 'book' | 'notify'): WriteStep<'deposit'> {
  return writeStepOf<'deposit'>()({
    system: 'INVESTSUITE',
    memo: z.null(),
    // An update of the holdings that was computed before the booking would undo it.
    lock: (row) => (step === 'book' ? portfolioLock(row.portfolio_id) : undefined),
    preparesFromRow: true,
    prepare: async ({ row }) => ({ kind: 'send' as const, memo: null, states: entering(row, 'BOOKING') }),
    send: ({ row, ports, sending }) => {
      const { amount, currency } = moneyOf(row);
      const event = { portfolioId: row.portfolio_id, amount, currency, idempotencyKey: stepKey(row, step) };
      return ports.investSuite.sendDepositEvent(event, sending);
    },
    repeats: 'key',
    look: (context, _memo, attempt) => lookForCashEvent(context, 'CASH_DEPOSIT', attempt),
    doubt: 'The outcome of the booking is unknown: InvestSuite did not answer. Look for the deposit in InvestSuite.',
    accepted: completed,
    refused: (context, _memo, status) =>
      status === REBALANCING ? waitForRebalancing : refusedByInvestSuite(context, status),
    resolve: { done: completed, notDone: notBooked },
  });
}

/** Data that a deposit keeps for later steps. */
const progress = z.object({ foundBooked: z.boolean() });
const isPerhapsBooked = (row: WorkflowRow): boolean =>
  row.progress !== null && readKept(progress, row.progress).foundBooked;

const booking = (next: 'book-holdings' | 'notify'): HoldingsBooking<'deposit'> => {
  const accepted = (): Advance<'deposit'> => ({ kind: 'advance', step: next });
  return {
    direction: 'in',
    state: 'BOOKING',
    isPerhapsBooked,
    accepted,
    foundBooked: () => ({
      ...accepted(),
      patch: { progress: keepJson({ foundBooked: true } satisfies z.infer<typeof progress>) },
    }),
    refused: refusedByInvestSuite,
    resolve: { done: accepted, notDone: notBooked },
  };
};

/** INVESTSUITE_BOOKING=investsuite: the event books everything. */
export const book = eventStep('book');
/** INVESTSUITE_BOOKING=gateway: the transaction, then the holdings, then the event, which only notifies. */
export const bookTransaction = bookTransactionStep(booking('book-holdings'));
export const bookHoldings = bookHoldingsStep(booking('notify'));
export const notify = eventStep('notify');
