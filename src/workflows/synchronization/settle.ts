import { isRobo, type Portfolio } from '../../domain/portfolio.ts';
import type { WorkflowKind } from '../../domain/workflow-kinds.ts';
import { lastActivityAt, openWorkflows, unfinishedWorkflows, type WorkflowRow } from '../../store/index.ts';
import type { ObserveStep, StepContext, Wait } from '../engine/step.ts';
import { behind, compared, isCatchingUp, isFollowing } from './portfolio.ts';
import type { SynchronizationPorts } from './ports.ts';
import { afterRefusal } from './refused.ts';

const MONEY: readonly WorkflowKind[] = ['deposit', 'withdrawal', 'virtual-cash-increase', 'virtual-cash-decrease'];
const WRITES: readonly WorkflowKind[] = [
  ...(['ledger-line', 'transaction-record', 'order-change', 'holdings-change', 'rebalancing'] as const),
];
/** Kinds of work that precede the holdings of a portfolio, besides its orders. */
const BEFORE: readonly WorkflowKind[] = [...MONEY, ...WRITES];
/** Rows of the synchronization itself: they come of what is synchronized. */
const OWN: readonly WorkflowKind[] = ['synchronization', 'synchronization-run'];

/** Waits until nothing is under way that the holdings have to come after. */
export const settleStep = (ports: SynchronizationPorts): ObserveStep<'synchronization'> => ({
  kind: 'observe',
  run: async (context) => {
    if (!ports.isOn) return { kind: 'advance', step: null };
    const patch = behind(context.row, context.now);
    const busy = await notYet(context);
    // From rest it comes into the step, so that it is found again after a crash.
    if (busy !== undefined) return { ...busy, step: 'settle', patch };
    const portfolio = await ports.investSuite.portfolioFresh(context.row.portfolio_id);
    if (portfolio === null || !isFollowing(ports, portfolio)) {
      return { kind: 'advance', step: null, patch: compared(context.now) };
    }
    const refusal = await afterRefusal(ports, context, portfolio);
    if (refusal !== undefined) return refusal;
    const robo = isRobo(portfolio) ? await notYetForRobo(ports, context, portfolio) : undefined;
    return robo === undefined ? { kind: 'advance', step: 'holdings', patch } : { ...robo, step: 'settle', patch };
  },
});

/** Transactions come first; and money that moves is in one of the systems only, or will be booked on top of what is written. */
export async function notYet({ row, read }: Pick<StepContext, 'row' | 'read'>): Promise<Wait | undefined> {
  const isBusy = await read(async (reading) => {
    const rows = await unfinishedWorkflows(reading, row.portfolio_id, [...BEFORE, 'order-sync']);
    return rows.some((each) => each.id !== row.id && isBefore(each, reading.now()));
  });
  return isBusy ? { kind: 'wait', for: 'settling' } : undefined;
}

const isBefore = (row: WorkflowRow, now: number): boolean =>
  row.kind === 'order-sync' ? isCatchingUp(row, now) : !isUntouched(row);

/** A withdrawal that waits for its cash has moved nothing yet. */
const isUntouched = ({ kind, step, sent_at: sentAt }: WorkflowRow): boolean =>
  kind === 'withdrawal' && sentAt === null && (step === 'reserve' || step === 'submit');

/** Each PATCH of a robo portfolio starts an optimization, so it waits for quiet, and for all that is under way. */
async function notYetForRobo(
  ports: SynchronizationPorts,
  { row, read, now }: StepContext,
  portfolio: Portfolio,
): Promise<Wait | undefined> {
  const { open, activeAt } = await read(async (reading) => ({
    open: await openWorkflows(reading, row.portfolio_id, MONEY),
    activeAt: await lastActivityAt(reading, row.portfolio_id, OWN),
  }));
  if (open.length > 0) return { kind: 'wait', for: 'settling' };
  const quietFor = now - activeAt;
  if (quietFor < ports.quietMs) return { kind: 'wait', for: 'quiet', retryAfterMs: ports.quietMs - quietFor };
  const optimization = await ports.investSuite.optimization(row.portfolio_id);
  if (optimization?.inProgress === true) return { kind: 'wait', for: 'rebalancing' };
  const link = ports.link(portfolio);
  const accounts = link === null ? [] : await ports.upvest.accountsOfGroup(link);
  const orders = await Promise.all(accounts.map(({ id }) => ports.upvest.orders(id, { fresh: true })));
  const isOpen = orders.flat().some(({ status }) => status === 'NEW' || status === 'PROCESSING');
  return isOpen ? { kind: 'wait', for: 'order' } : undefined;
}
