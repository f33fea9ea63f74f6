import { v5 } from 'uuid';
import { z } from 'zod';
import type { PortfolioId } from '../../domain/ids.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import {
  insertWorkflow,
  nudge,
  type Reading,
  unfinishedWorkflows,
  type WorkflowRow,
  type Writing,
  workflowOfSubject,
} from '../../store/index.ts';
import { firstRow } from '../engine/first-row.ts';
import { keepJson, readKept } from '../engine/kept-json.ts';
import { type Advance, enter } from '../engine/step.ts';
import type { SynchronizationPorts } from './ports.ts';

export const SYNCHRONIZATION = 'synchronization';

/** Never changed: the row of a portfolio has the same id whoever makes it. */
const NAMESPACE = 'c8a5a5c0-0a0b-4c26-9a3e-6c1f2e9d7b14';

export const portfolioSubject = (id: PortfolioId): string => `gateway:synchronization:${id}`;

/** Has the holdings of a portfolio follow the broker: called in the transaction that learns that something may have changed. */
export async function followPortfolio(writing: Writing, portfolioId: PortfolioId): Promise<void> {
  const subject = portfolioSubject(portfolioId);
  const known = await workflowOfSubject(writing, subject);
  if (known !== undefined) return await nudge(writing, { subject });
  const row = firstRow(writing, {
    id: `syn_${v5(portfolioId, NAMESPACE)}`,
    kind: SYNCHRONIZATION,
    portfolioId,
    accountGroupId: null,
    amount: null,
    currency: null,
    firstStep: 'settle',
    input: {},
    name: { caller: 'gateway', mutation: SYNCHRONIZATION, idempotencyKey: portfolioId },
  });
  const states = [{ state: row.state, reason: null }];
  await insertWorkflow(writing, { ...row, subject }, { states, events: [], audit: [] });
}

/** Whether a portfolio follows the broker: real money, in use, linked. */
export const isFollowing = ({ link }: Pick<SynchronizationPorts, 'link'>, portfolio: Portfolio): boolean =>
  portfolio.moneyType === 'REAL_MONEY' && portfolio.archived !== true && link(portfolio) !== null;

/** Whether an order has not caught up with what the broker has told: its transaction comes before the holdings. */
export const isCatchingUp = (
  { step, waiting_for: reason, due_at: dueAt }: Pick<WorkflowRow, 'step' | 'waiting_for' | 'due_at'>,
  now: number,
): boolean => !(step === 'move' && reason === 'order' && dueAt !== null && dueAt > now);

/** Whether something of a portfolio is being brought over, or waits for it. */
export async function isUnderWay(reading: Reading, id: PortfolioId): Promise<boolean> {
  const rows = await unfinishedWorkflows(reading, id, ['ledger-line', 'order-sync', SYNCHRONIZATION]);
  return rows.some((row) => row.kind !== 'order-sync' || isCatchingUp(row, reading.now()));
}

const progress = z.object({
  /** Since when something has been told that is not brought over; null where nothing is. In milliseconds since 1970. */
  since: z.number().nullable(),
  /** When the holdings were last compared. */
  checkedAt: z.number().nullable(),
  /** Status with which InvestSuite refused all of the broker's holdings in this run. */
  refused: z.number().optional(),
  /** Instruments that InvestSuite knows nothing of: their lines stay as it has them. */
  kept: z.array(z.string()).optional(),
});

export const progressOf = ({ progress: kept }: Pick<WorkflowRow, 'progress'>): z.output<typeof progress> =>
  kept === null ? { since: null, checkedAt: null } : readKept(progress, kept);

export const checkedAtOf = (row: WorkflowRow): number | null => progressOf(row).checkedAt;

/** Notes since when the row is behind. */
export const behind = (row: WorkflowRow, now: number) => {
  const before = progressOf(row);
  return { progress: keepJson({ ...before, since: before.since ?? now }) };
};

/** Notes what is to be kept from a refusal until the holdings were compared. */
export const noting = (row: WorkflowRow, more: { readonly refused?: number; readonly kept?: string[] }) => ({
  progress: keepJson({ ...progressOf(row), ...more }),
});

/** The holdings can't be what the broker has. Told once for each reason. */
export const drifted = (row: WorkflowRow, now: number, reason: string): Advance<'synchronization'> => ({
  kind: 'advance',
  step: null,
  patch: compared(now),
  states: row.reason === reason ? [] : [enter('DRIFTED', reason)],
});

/** Notes that the holdings were compared. */
export const compared = (now: number) => ({ progress: keepJson({ since: null, checkedAt: now }) });
