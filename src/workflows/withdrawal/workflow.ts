import { z } from 'zod';
import { subtract, ZERO } from '../../domain/decimal.ts';
import { totalFor } from '../../domain/divestment.ts';
import { WITHDRAWAL_STATES, WITHDRAWAL_TRANSITIONS } from '../../domain/withdrawal.ts';
import { portfolioLock } from '../../store/index.ts';
import { bookHoldingsStep, bookTransactionStep, decimalText, waitForRebalancing } from '../cash/booking.ts';
import { moneyDefinition } from '../cash/definition.ts';
import { lookForCashEvent } from '../cash/event-evidence.ts';
import { moneyOf, WITHDRAWAL, withdrawalInputOf } from '../cash/rows.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import { portfolioNow } from '../engine/read-under-lock.ts';
import { type Advance, type Decision, enter, type ObserveStep, review, type StepContext } from '../engine/step.ts';
import { stepKey } from '../engine/upstream-keys.ts';
import { REBALANCING, writeStep } from '../engine/write-step.ts';
import { leave, progressOf, remembering } from './progress.ts';
import { NOT_SHOWN, release, reserve, reservedByOthers, reservedByUs, restore } from './reservation.ts';
import { submit } from './submit.ts';
import { recheck, returned, toldPayment, watch } from './watch.ts';

export const CANCEL_WITHDRAWAL = 'cancelWithdrawal';

/** InvestSuite keeps reservations for robo portfolios only. */
export const firstWithdrawalStep = ({ robo }: { readonly robo: boolean }): string => (robo ? 'reserve' : 'submit');

/** Before InvestSuite is told: the bank may have sent the money back meanwhile. */
async function ifReturned(context: StepContext): Promise<Decision | undefined> {
  const told = await toldPayment(context);
  return told.stage === 'cancelled' ? returned(context.row, told) : undefined;
}

const refusedAfterPaid = ({ row }: StepContext, status: number): Decision =>
  review(`Paid by the broker, but InvestSuite refused step ${row.step} (${status}).`);

const notTold = ({ row }: StepContext): Decision =>
  leave(row, 'FAILED', `Paid by the broker. Marked by an operator: InvestSuite did not carry out step ${row.step}.`);

const transactionBooked = (): Advance => ({ kind: 'advance', step: 'book-holdings' });

const bookTransaction = bookTransactionStep({
  direction: 'out',
  instead: ifReturned,
  accepted: transactionBooked,
  foundBooked: ({ row }) => ({ ...transactionBooked(), patch: remembering(row, { foundBooked: true }) }),
  refused: refusedAfterPaid,
  resolve: { done: transactionBooked, notDone: notTold },
});

/** With the cash goes the reservation, in one PATCH: else the robo advisor would sell for it once more. */
const holdingsBooked = ({ row }: StepContext): Decision => ({
  kind: 'advance',
  step: 'tell',
  patch: { ...remembering(row, { told: true }), reserved: null },
});

const bookHoldings = bookHoldingsStep({
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

/** The others' reservation; null where InvestSuite keeps none for the portfolio. */
const tellMemo = z.object({ others: decimalText.nullable() });
type TellMemo = z.infer<typeof tellMemo>;

function told({ row }: StepContext, { others }: TellMemo): Decision {
  if (others === null) {
    return {
      kind: 'advance',
      states: [enter('COMPLETED')],
      step: 'last-look',
      patch: remembering(row, { told: true }),
    };
  }
  // The lock stays until the rest is written: no other row may compute with the emptied total.
  return {
    kind: 'advance',
    step: 'restore',
    keepLock: true,
    patch: { ...remembering(row, { told: true, others }), reserved: null },
  };
}

/** InvestSuite's withdraw event: books the cash and empties the reservations, or (`gateway`) only notifies. */
const tell = writeStep<TellMemo, null>({
  system: 'INVESTSUITE',
  memo: tellMemo,
  lock: (row) => (withdrawalInputOf(row).robo ? portfolioLock(row.portfolio_id) : undefined),
  prepare: async (context) => {
    const { row } = context;
    const instead = await ifReturned(context);
    if (instead !== undefined) return instead;
    if (!withdrawalInputOf(row).robo) return { kind: 'send', memo: { others: null } };
    const portfolio = await portfolioNow(context);
    if (portfolio === null) return NOT_SHOWN;
    return { kind: 'send', memo: { others: await reservedByOthers(context, portfolio) } };
  },
  send: ({ row, ports, sending }) => {
    const { amount, currency } = moneyOf(row);
    const event = { portfolioId: row.portfolio_id, amount, currency, idempotencyKey: stepKey(row, 'tell') };
    return ports.investSuite.sendWithdrawEvent(event, sending);
  },
  repeats: 'key',
  look: (context, _memo, attempt) => lookForCashEvent(context, 'CASH_WITHDRAWAL', attempt),
  doubt:
    'Paid. The outcome of the booking is unknown: InvestSuite did not answer. Look for the withdrawal in InvestSuite.',
  accepted: told,
  refused: (context, _memo, status) =>
    status === REBALANCING ? waitForRebalancing : refusedAfterPaid(context, status),
  resolve: { done: (context) => told(context, memoOf(context)), notDone: notTold },
});

const memoOf = ({ row }: StepContext): TellMemo =>
  row.memo === null ? { others: withdrawalInputOf(row).robo ? ZERO : null } : tellMemo.parse(JSON.parse(row.memo));

/** Done; looks once more for a return that was reported meanwhile. */
const lastLook: ObserveStep = {
  kind: 'observe',
  run: async (context) => (await ifReturned(context)) ?? { kind: 'advance', step: null },
};

/** docs/withdrawals.md */
export const withdrawalWorkflow: WorkflowDefinition = moneyDefinition({
  kind: WITHDRAWAL,
  noun: 'WITHDRAWAL',
  states: WITHDRAWAL_STATES,
  transitions: WITHDRAWAL_TRANSITIONS,
  steps: {
    reserve,
    submit,
    watch,
    'book-transaction': bookTransaction,
    'book-holdings': bookHoldings,
    tell,
    restore,
    release,
    'last-look': lastLook,
  },
  recheck,
  cancelMutation: CANCEL_WITHDRAWAL,
});
