import { add } from '../../domain/decimal.ts';
import { totalFor } from '../../domain/divestment.ts';
import { portfolioLock, type WorkflowRow } from '../../store/index.ts';
import { waitForRebalancing } from '../cash/booking.ts';
import { moneyOf } from '../cash/rows.ts';
import { portfolioNow } from '../engine/read-under-lock.ts';
import { REBALANCING } from '../engine/settle.ts';
import { type Decision, enter, writeStepOf } from '../engine/step.ts';
import { isToBeCancelled, leave } from './progress.ts';
import { NOT_SHOWN, reservedByUs, writesTotal } from './reservation.ts';

/** Adds this withdrawal's amount to the total. Where everything is reserved already there is nothing to add. */
export const reserve = writeStepOf<'withdrawal'>()({
  ...writesTotal,
  lock: (row) => (isToBeCancelled(row) ? undefined : portfolioLock(row.portfolio_id)),
  prepare: async (context) => {
    const { row } = context;
    if (isToBeCancelled(row)) return leave(row, 'CANCELLED', 'Cancelled on request.');
    const portfolio = await portfolioNow(context);
    if (portfolio === null) return NOT_SHOWN;
    const ours = await reservedByUs(context);
    const total = totalFor({ current: portfolio.divestment, ours }, add(ours, moneyOf(row).amount));
    if (total === undefined) return { kind: 'advance', states: [enter('RESERVED')], step: 'submit' };
    return { kind: 'send' as const, memo: { total } };
  },
  accepted: ({ row }) => reserved(row),
  refused: ({ row }, _memo, status) =>
    status === REBALANCING
      ? waitForRebalancing
      : leave(row, 'FAILED', `InvestSuite refused to reserve the amount (${status}).`),
  resolve: {
    done: ({ row }) => reserved(row),
    notDone: ({ row }) => leave(row, 'FAILED', 'Marked as not reserved in InvestSuite by an operator.'),
  },
});

const reserved = (row: WorkflowRow): Decision<'withdrawal'> => ({
  kind: 'advance',
  states: [enter('RESERVED')],
  step: 'submit',
  patch: { reserved: moneyOf(row).amount },
});
