import { z } from 'zod';
import { DEPOSIT_STATES, DEPOSIT_TRANSITIONS } from '../../domain/deposit.ts';
import type { StateEntry, WorkflowRow } from '../../store/index.ts';
import {
  bookHoldingsStep,
  bookTransactionStep,
  entering,
  type HoldingsBooking,
  waitForRebalancing,
} from '../cash/booking.ts';
import { brokerIdOf, virtualCashSubject } from '../cash/broker-events.ts';
import { lookForVirtualCash } from '../cash/broker-evidence.ts';
import { moneyDefinition } from '../cash/definition.ts';
import { recheckAfterEnd } from '../cash/ended.ts';
import { lookForCashEvent } from '../cash/event-evidence.ts';
import { DEPOSIT, depositInputOf, moneyOf } from '../cash/rows.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import {
  type Advance,
  type Decision,
  enter,
  type ObserveStep,
  type ReviewAnswers,
  review,
  type StepContext,
  type WriteStep,
} from '../engine/step.ts';
import { stepKey } from '../engine/upstream-keys.ts';
import { REBALANCING, writeStep } from '../engine/write-step.ts';
import { sendVirtualCash, statusOfVirtualCash } from '../virtual-cash/broker.ts';

/** The first step of a deposit, by its settings at acceptance. */
export const firstDepositStep = ({
  funding,
  booking,
}: {
  funding: 'virtual-cash' | 'none';
  booking: 'investsuite' | 'gateway';
}): string => (funding === 'virtual-cash' ? 'fund' : firstBookingStep(booking));

const firstBookingStep = (booking: 'investsuite' | 'gateway'): string =>
  booking === 'gateway' ? 'book-transaction' : 'book';

const failed = (reason: string): Decision => ({ kind: 'advance', states: [enter('FAILED', reason)], step: null });

/** The broker has the money: on to InvestSuite. */
const funded = (row: WorkflowRow, before: readonly StateEntry[] = []): Advance => ({
  kind: 'advance',
  states: [...before, enter('FUNDED')],
  step: firstBookingStep(depositInputOf(row).booking),
});

const fund = writeStep({
  system: 'UPVEST',
  memo: z.null(),
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

const awaitFunded: ObserveStep = {
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

/** Before the first booking nothing has happened anywhere without funding; with it, the broker has the money. */
function refusedByInvestSuite({ row }: StepContext, status: number): Decision {
  const nothingYet = depositInputOf(row).funding === 'none' && (row.step === 'book' || row.step === 'book-transaction');
  if (nothingYet) return failed(`InvestSuite refused the deposit (${status}).`);
  return review(
    `InvestSuite refused step ${row.step} (${status}), after the broker has the money or a part of the deposit is booked.`,
  );
}

const completed = (): Decision => ({ kind: 'advance', states: [enter('COMPLETED')], step: null });

const notBooked: ReviewAnswers['notDone'] = ({ row }) =>
  failed(
    depositInputOf(row).funding === 'none'
      ? `Marked by an operator: InvestSuite did not carry out step ${row.step}.`
      : `Funded at the broker. Marked by an operator: InvestSuite did not carry out step ${row.step}.`,
  );

/** InvestSuite's deposit event: books everything, or (`gateway`) only notifies the customer. */
function eventStep(step: string): WriteStep {
  return writeStep({
    system: 'INVESTSUITE',
    memo: z.null(),
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
  row.progress !== null && progress.parse(JSON.parse(row.progress)).foundBooked;

const booking = (next: string): HoldingsBooking => {
  const accepted = (): Advance => ({ kind: 'advance', step: next });
  return {
    direction: 'in',
    state: 'BOOKING',
    isPerhapsBooked,
    accepted,
    foundBooked: () => ({
      ...accepted(),
      patch: { progress: JSON.stringify({ foundBooked: true } satisfies z.infer<typeof progress>) },
    }),
    refused: refusedByInvestSuite,
    resolve: { done: accepted, notDone: notBooked },
  };
};

/** docs/deposits.md */
export const depositWorkflow: WorkflowDefinition = moneyDefinition({
  kind: DEPOSIT,
  noun: 'DEPOSIT',
  states: DEPOSIT_STATES,
  transitions: DEPOSIT_TRANSITIONS,
  steps: {
    fund,
    'await-funded': awaitFunded,
    book: eventStep('book'),
    'book-transaction': bookTransactionStep(booking('book-holdings')),
    'book-holdings': bookHoldingsStep(booking('notify')),
    notify: eventStep('notify'),
  },
  recheck: recheckAfterEnd({
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
