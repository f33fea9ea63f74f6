import { z } from 'zod';
import { ZERO } from '../../domain/decimal.ts';
import { decimalText } from '../../domain/parsed-text.ts';
import { portfolioLock } from '../../store/index.ts';
import { waitForRebalancing } from '../cash/booking.ts';
import { lookForCashEvent } from '../cash/event-evidence.ts';
import { moneyOf, withdrawalInputOf } from '../cash/rows.ts';
import { readKept } from '../engine/kept-json.ts';
import { portfolioNow } from '../engine/read-under-lock.ts';
import { REBALANCING } from '../engine/settle.ts';
import { type Decision, enter, type StepContext, writeStepOf } from '../engine/step.ts';
import { stepKey } from '../engine/upstream-keys.ts';
import { ifReturned, notTold, refusedAfterPaid } from './decisions.ts';
import { remembering } from './progress.ts';
import { NOT_SHOWN, reservedByOthers } from './reservation.ts';

/** The others' reservation; null where InvestSuite keeps none for the portfolio. */
const tellMemo = z.object({ others: decimalText.nullable() });
type TellMemo = z.infer<typeof tellMemo>;

function told({ row }: Pick<StepContext, 'row'>, { others }: TellMemo): Decision<'withdrawal'> {
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
export const tell = writeStepOf<'withdrawal'>()({
  system: 'INVESTSUITE',
  memo: tellMemo,
  // An update of the holdings that was computed before the booking would undo it.
  lock: (row) => {
    const { robo, booking } = withdrawalInputOf(row);
    return robo || booking === 'investsuite' ? portfolioLock(row.portfolio_id) : undefined;
  },
  prepare: async (context) => {
    const { row } = context;
    const instead = await ifReturned(context);
    if (instead !== undefined) return instead;
    if (!withdrawalInputOf(row).robo) return { kind: 'send' as const, memo: { others: null } };
    const portfolio = await portfolioNow(context);
    if (portfolio === null) return NOT_SHOWN;
    return { kind: 'send' as const, memo: { others: await reservedByOthers(context, portfolio) } };
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

const memoOf = ({ row }: Pick<StepContext, 'row'>): TellMemo =>
  row.memo === null ? { others: withdrawalInputOf(row).robo ? ZERO : null } : readKept(tellMemo, row.memo);
