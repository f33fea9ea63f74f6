import { z } from 'zod';
import type { WriteOutcome } from '../../datasources/upstream/outcome.ts';
import { add, type Decimal, subtract, sum, ZERO } from '../../domain/decimal.ts';
import { isTotal, totalFor } from '../../domain/divestment.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import { openWorkflows, portfolioLock, type WorkflowRow } from '../../store/index.ts';
import { decimalText, waitForRebalancing } from '../cash/booking.ts';
import { moneyOf, WITHDRAWAL } from '../cash/rows.ts';
import { portfolioNow } from '../engine/read-under-lock.ts';
import { type Decision, enter, review, type StepContext, type Wait, type WriteStep } from '../engine/step.ts';
import { ABSENT, found, NOT_KNOWN, REBALANCING, type WriteSpec, writeStep } from '../engine/write-step.ts';
import { isToBeCancelled, leave, progressOf } from './progress.ts';

const memo = z.object({ total: decimalText });
type Memo = z.infer<typeof memo>;

/**
 * Writes InvestSuite's `divest_amount`: one total for all who reserve, so it is computed and written under the
 * portfolio's lock, and a repetition sends the same total.
 */
const writesTotal = {
  system: 'INVESTSUITE',
  memo,
  lock: (row: WorkflowRow) => portfolioLock(row.portfolio_id),
  send: ({ row, ports, sending }: StepContext, { total }: Memo): Promise<WriteOutcome<Portfolio>> =>
    ports.investSuite.patchPortfolio(row.portfolio_id, { divestAmount: total }, sending),
  // A total that was sent twice could arrive once more after the next one was written: so it is only looked for, until none can.
  repeats: 'never',
  look: async (context: StepContext, { total }: Memo) => {
    const portfolio = await portfolioNow(context);
    if (portfolio === null) return NOT_KNOWN;
    const isThere = portfolio.divestment?.kind === 'everything' || isTotal(portfolio.divestment, total);
    return isThere ? found(portfolio) : ABSENT;
  },
  doubt:
    'The outcome of the reservation is unknown: InvestSuite did not answer, and the portfolio cannot be read. Look at InvestSuite.',
} satisfies Partial<WriteSpec<Memo, Portfolio>>;

/**
 * The portfolio existed at acceptance and is missing now: a wrong path or missing permissions look like this. The
 * others' reservations can't be computed then.
 */
export const NOT_SHOWN: Wait = {
  kind: 'wait',
  for: 'investsuite-refused',
  note: 'InvestSuite does not return the portfolio. The gateway retries.',
};

/** Sum of the gateway's open reservations in a portfolio; stable while its lock is held. */
export async function reservedByUs({ row, read }: StepContext): Promise<Decimal> {
  const open = await read((reading) => openWorkflows(reading, row.portfolio_id, [WITHDRAWAL]));
  return sum(open.flatMap((each) => (each.reserved === null ? [] : [each.reserved])));
}

/** Adds this withdrawal's amount to the total. Where everything is reserved already there is nothing to add. */
export const reserve: WriteStep = writeStep({
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

const reserved = (row: WorkflowRow): Decision => ({
  kind: 'advance',
  states: [enter('RESERVED')],
  step: 'submit',
  patch: { reserved: moneyOf(row).amount },
});

/** Takes this withdrawal's amount out of the total, then comes to the end that was decided. */
export const release: WriteStep = writeStep({
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

function released(row: WorkflowRow): Decision {
  const { ending } = progressOf(row);
  return leave({ ...row, reserved: null }, ending?.state ?? 'FAILED', ending?.reason ?? null);
}

const COMPLETED: Decision = { kind: 'advance', states: [enter('COMPLETED')], step: 'last-look' };

/** InvestSuite may answer its event before it has booked it; this many looks, over about 15 s, are enough to see it. */
const LOOKS_FOR_BOOKING = 8;

/**
 * Writes the rest of the reservation after InvestSuite's withdraw event has emptied the total. Not before: an earlier
 * write would be emptied too, and until then the total contains what was paid.
 */
export const restore: WriteStep = writeStep({
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

/** The others' current reservation: the total without the gateway's part. Undefined where everything is reserved. */
export async function reservedByOthers(context: StepContext, portfolio: Portfolio): Promise<Decimal> {
  return totalFor({ current: portfolio.divestment, ours: await reservedByUs(context) }, ZERO) ?? ZERO;
}
