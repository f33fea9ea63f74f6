import { z } from 'zod';
import type { WriteOutcome } from '../../datasources/upstream/outcome.ts';
import { type Decimal, sum, ZERO } from '../../domain/decimal.ts';
import { isTotal, totalFor } from '../../domain/divestment.ts';
import { decimalText } from '../../domain/parsed-text.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import { openWorkflows, portfolioLock, type WorkflowRow } from '../../store/index.ts';
import { WITHDRAWAL } from '../cash/rows.ts';
import { portfolioNow } from '../engine/read-under-lock.ts';
import { ABSENT, found, NOT_KNOWN, type StepContext, type Wait, type WriteStep } from '../engine/step.ts';

const memo = z.object({ total: decimalText });
type Memo = z.infer<typeof memo>;

/**
 * Writes InvestSuite's `divest_amount`: one total for all who reserve, so it is computed and written under the
 * portfolio's lock, and a repetition sends the same total.
 */
export const writesTotal = {
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
} satisfies Partial<WriteStep<'withdrawal', Memo, Portfolio>>;

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

/** The others' current reservation: the total without the gateway's part. Undefined where everything is reserved. */
export async function reservedByOthers(context: StepContext, portfolio: Portfolio): Promise<Decimal> {
  return totalFor({ current: portfolio.divestment, ours: await reservedByUs(context) }, ZERO) ?? ZERO;
}
