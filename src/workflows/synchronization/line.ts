import { v5 } from 'uuid';
import { z } from 'zod';
import { keptFees } from '../../domain/cash-ledger.ts';
import { type PortfolioId, parseAccountGroupId } from '../../domain/ids.ts';
import { decimalText, parsed, timeText } from '../../domain/parsed-text.ts';
import {
  type BrokerLine,
  isReadable,
  LEDGERS,
  type ToldLine,
  type UnreadableLine,
} from '../../domain/synchronization/line.ts';
import {
  changeWorkflow,
  insertWorkflow,
  lockWorkflow,
  nudge,
  type WorkflowRow,
  type Writing,
  workflowOfSubject,
} from '../../store/index.ts';
import { firstRow } from '../engine/first-row.ts';
import { keepJson, readKept } from '../engine/kept-json.ts';

export const LEDGER_LINE = 'ledger-line';

/** More problems than a person reads. */
export const MAX_PROBLEMS = 500;

/** Never changed: the row of a line has the same id whoever makes it. */
const NAMESPACE = '5b0b3f6e-2d0f-4a43-9c3f-4f1d8a6c7e90';

/** How a line of the broker's ledger is named in the row that books it. */
export const lineSubject = (id: string): string => `upvest:ledger-line:${id.toLowerCase()}`;

const storedUnreadable: z.ZodType<UnreadableLine> = z.object({
  ledger: z.enum(LEDGERS),
  id: z.string(),
  type: z.string(),
  amount: decimalText.nullable(),
  currency: z.string().nullable(),
  isin: z.string().nullable(),
  unreadable: z.string(),
});

const storedLine: z.ZodType<BrokerLine> = z.object({
  ledger: z.enum(LEDGERS),
  id: z.string(),
  type: z.string(),
  accountGroupId: parsed(parseAccountGroupId, 'an account group id'),
  amount: decimalText,
  currency: z.string().nullable(),
  isin: z.string().nullable(),
  taxes: decimalText,
  references: z.array(z.object({ id: z.string(), type: z.string() })),
  fees: keptFees.default([]),
  bookedAt: timeText.nullable(),
});

const told = z.object({ line: z.union([storedUnreadable, storedLine]) });
/** `line` where a problem was told again in another form. */
const progress = z.object({ line: z.union([storedUnreadable, storedLine]).optional() }).nullable();

/** The line as it was told last. */
export const lineOf = (row: WorkflowRow): ToldLine =>
  (row.progress === null ? undefined : readKept(progress, row.progress)?.line) ?? readKept(told, row.input).line;

/**
 * Begins to book a line, in the transaction that calls it. A line that was told before, by an event or a sweep, has its row
 * already; one that is a problem is looked at again, in the form that it is told in now: the broker may have mended it.
 */
export async function beginLine(writing: Writing, portfolioId: PortfolioId, line: ToldLine): Promise<void> {
  const subject = lineSubject(line.id);
  const known = await workflowOfSubject(writing, subject);
  if (known !== undefined) {
    if (known.state === 'PROBLEM') await tellAgain(writing, known.id, line);
    return;
  }
  const id = `lin_${v5(line.id.toLowerCase(), NAMESPACE)}`;
  const row = firstRow(writing, {
    id,
    kind: LEDGER_LINE,
    portfolioId,
    // Not the group's own money: this row makes nothing at the broker.
    accountGroupId: null,
    amount: null,
    currency: null,
    firstStep: 'map',
    input: { line },
    name: { caller: 'gateway', mutation: LEDGER_LINE, idempotencyKey: line.id },
  });
  // No audit entry: there is no request, and nothing was written yet.
  const states = [{ state: row.state, reason: null }];
  await insertWorkflow(writing, { ...row, subject }, { states, events: [], audit: [] });
}

async function tellAgain(writing: Writing, id: string, line: ToldLine): Promise<void> {
  const row = await lockWorkflow(writing, id);
  if (row?.state !== 'PROBLEM') return;
  const isNews = isReadable(line) && JSON.stringify(lineOf(row)) !== JSON.stringify(line);
  if (!isNews) return await nudge(writing, { workflowId: id });
  const patch = { progress: keepJson({ line }), due_at: writing.now() };
  await changeWorkflow(writing, row, patch, { states: [], events: [], audit: [] });
}
