import { add, ZERO } from '../../domain/decimal.ts';
import { isTotal } from '../../domain/divestment.ts';
import { waitForRebalancing } from '../cash/booking.ts';
import { portfolioNow } from '../engine/read-under-lock.ts';
import { REBALANCING } from '../engine/settle.ts';
import { type Decision, enter, review, writeStepOf } from '../engine/step.ts';
import { progressOf } from './progress.ts';
import { NOT_SHOWN, reservedByUs, writesTotal } from './reservation.ts';

const COMPLETED: Decision<'withdrawal'> = { kind: 'advance', states: [enter('COMPLETED')], step: 'last-look' };

/** InvestSuite may answer its event before it has booked it; this many looks, over about 15 s, are enough to see it. */
const LOOKS_FOR_BOOKING = 8;

/**
 * Writes the rest of the reservation after InvestSuite's withdraw event has emptied the total. Not before: an earlier
 * write would be emptied too, and until then the total contains what was paid.
 */
export const restore = writeStepOf<'withdrawal'>()({
  ...writesTotal,
  keepsLock: true,
  prepare: async (context) => {
    const { row } = context;
    const portfolio = await portfolioNow(context);
    const total = add(progressOf(row).others ?? ZERO, await reservedByUs(context));
    if (portfolio === null) return NOT_SHOWN;
    if (portfolio.divestment?.kind === 'everything' || isTotal(portfolio.divestment, total)) return COMPLETED;
    const emptied = isTotal(portfolio.divestment, ZERO);
    const looks = row.waiting_for === 'investsuite-booking' ? row.attempts : 0;
    if (!emptied && looks < LOOKS_FOR_BOOKING) return { kind: 'wait', for: 'investsuite-booking' };
    return { kind: 'send' as const, memo: { total } };
  },
  accepted: () => COMPLETED,
  refused: (_context, _memo, status) =>
    status === REBALANCING
      ? waitForRebalancing
      : review(`Paid and booked, but InvestSuite refused to restore the rest of the reservation (${status}).`),
  resolve: { done: () => COMPLETED, notDone: () => COMPLETED },
});
