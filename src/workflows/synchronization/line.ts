import { v5 } from 'uuid';
import { z } from 'zod';
import { type PortfolioId, parseAccountGroupId } from '../../domain/ids.ts';
import { decimalText, parsed, timeText } from '../../domain/parsed-text.ts';
import { type BrokerLine, LEDGERS } from '../../domain/synchronization/line.ts';
import { insertWorkflow, nudge, type WorkflowRow, type Writing, workflowOfSubject } from '../../store/index.ts';
import { firstRow } from '../engine/first-row.ts';
import { readKept } from '../engine/kept-json.ts';

export const LEDGER_LINE = 'ledger-line';

/** Never changed: the row of a line has the same id whoever makes it. */
const NAMESPACE = '5b0b3f6e-2d0f-4a43-9c3f-4f1d8a6c7e90';

/** How a line of the broker's ledger is named in the row that books it. */
export const lineSubject = (id: string): string => `upvest:ledger-line:${id.toLowerCase()}`;

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
  bookedAt: timeText.nullable(),
});

const input = z.object({ line: storedLine });

export const lineOf = (row: WorkflowRow): BrokerLine => readKept(input, row.input).line;

/**
 * Begins to book a line, in the transaction that calls it. A line that was told before, by an event or a sweep, has its row
 * already; one that is a problem is looked at again.
 */
export async function beginLine(writing: Writing, portfolioId: PortfolioId, line: BrokerLine): Promise<void> {
  const subject = lineSubject(line.id);
  const known = await workflowOfSubject(writing, subject);
  if (known !== undefined) {
    if (known.state === 'PROBLEM') await nudge(writing, { subject });
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
