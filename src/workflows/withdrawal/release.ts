import { subtract, ZERO } from '../../domain/decimal.ts';
import { isTotal, totalFor } from '../../domain/divestment.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { waitForRebalancing } from '../cash/booking.ts';
import { portfolioNow } from '../engine/read-under-lock.ts';
import { REBALANCING } from '../engine/settle.ts';
import { type Decision, review, writeStepOf } from '../engine/step.ts';
import { leave, progressOf } from './progress.ts';
import { NOT_SHOWN, reservedByUs, writesTotal } from './reservation.ts';

/** Takes this withdrawal's amount out of the total, then comes to the end that was decided. */
export const release = writeStepOf<'withdrawal'>()({
  ...writesTotal,
  prepare: async (context) => {
    const { row } = context;
    const portfolio = await portfolioNow(context);
    if (portfolio === null) return NOT_SHOWN;
    const ours = await reservedByUs(context);
    const total = totalFor({ current: portfolio.divestment, ours }, subtract(ours, row.reserved ?? ZERO));
    if (total === undefined || isTotal(portfolio.divestment, total)) return released(row);
    return { kind: 'send' as const, memo: { total } };
  },
  accepted: ({ row }) => released(row),
  refused: (_context, _memo, status) =>
    status === REBALANCING
      ? waitForRebalancing
      : review(`InvestSuite refused to release the reservation (${status}). Nothing will be paid.`),
  resolve: { done: ({ row }) => released(row), notDone: ({ row }) => released(row) },
});

function released(row: WorkflowRow): Decision<'withdrawal'> {
  const { ending } = progressOf(row);
  return leave({ ...row, reserved: null }, ending?.state ?? 'FAILED', ending?.reason ?? null);
}
