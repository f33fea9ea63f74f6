import { parseTransactionId } from '../../domain/ids.ts';
import { isRequestStatus } from '../../domain/movement-status.ts';
import type { PlannedOrder } from '../../domain/rebalancing.ts';
import { getWorkflow, type WorkflowRow } from '../../store/index.ts';
import { type Decision, enter, type ObserveStep, type StepContext, type Wait } from '../engine/step.ts';
import { outcomeOf } from '../order/outcome.ts';
import { storedTransaction } from '../order/stored.ts';
import { progressOf as orderProgressOf } from '../placed-order/rows.ts';
import { allStillHold, decideOrder, inWords, withDecided } from './begin.ts';
import type { RebalancingPorts } from './ports.ts';
import { inputOf, progressOf, type RebalancingProgress, remembering, skippedIdOf } from './rows.ts';
import { isUncertain } from './uncertain.ts';

/** Orders wake the row that they are part of; this is for a wake-up that was lost. */
const FOR_ORDERS: Wait = { kind: 'wait', for: 'broker-event' };

/** The orders that have begun, as they are now. */
async function ordersOf({ read }: StepContext, { begun }: RebalancingProgress): Promise<readonly WorkflowRow[]> {
  const rows = await read((reading) => Promise.all(begun.map(({ orderId }) => getWorkflow(reading, orderId))));
  return rows.flatMap((row) => row ?? []);
}

/** Nothing more will be traded: what is filled is cash that can be traded with, settled or not. */
const isDone = ({ state }: Pick<WorkflowRow, 'state'>): boolean =>
  state === 'FILLED' || state === 'SETTLED' || state === 'CANCELLED' || state === 'REJECTED' || state === 'EXPIRED';

/** The broker has it, so that its cash is in the balance, or it is over. */
const isAtBroker = (row: WorkflowRow): boolean => isDone(row) || row.state === 'SUBMITTED' || row.state === 'WORKING';

/** Waits for the sells. */
export const sellStep: ObserveStep<'rebalancing'> = {
  kind: 'observe',
  run: async (context) => {
    const orders = await ordersOf(context, progressOf(context.row));
    if (!orders.every(isDone)) return FOR_ORDERS;
    return { kind: 'advance', states: [enter('BUYING')], step: 'buy' };
  },
};

/** One buy after the other, each with the cash that the ones before have left; then waits for all. */
export const buyStep = (ports: RebalancingPorts): ObserveStep<'rebalancing'> => ({
  kind: 'observe',
  run: async (context): Promise<Decision<'rebalancing'>> => {
    const progress = progressOf(context.row);
    const orders = await ordersOf(context, progress);
    const next = nextBuy(progress);
    if (next === undefined) return orders.every(isDone) ? { kind: 'advance', step: 'records' } : FOR_ORDERS;
    if (!orders.every(isAtBroker)) return FOR_ORDERS;
    if (await isUncertain(context, progress.account, 'BUY')) return { kind: 'wait', for: 'cash' };
    const decided = await decideOrder(ports, context, progress.account, next);
    return {
      kind: 'advance',
      states: [enter('BUYING', inWords(decided))],
      step: 'buy',
      patch: remembering(withDecided(progress, [decided])),
      begin: decided.rows,
      stillHolds: allStillHold([decided]),
    };
  },
});

function nextBuy({ plan, begun, skipped }: RebalancingProgress): PlannedOrder | undefined {
  const decided = new Set([...begun, ...skipped].map(({ isin }) => isin));
  return plan.find(({ side, isin }) => side === 'BUY' && !decided.has(isin));
}

/** Waits until InvestSuite has every transaction of the rebalancing, and none that is still to be executed. */
export const recordsStep = (ports: RebalancingPorts): ObserveStep<'rebalancing'> => ({
  kind: 'observe',
  run: async (context): Promise<Decision<'rebalancing'>> => {
    const { row } = context;
    const progress = progressOf(row);
    if (!(await areRecorded(ports, context, progress))) return { kind: 'wait', for: 'investsuite-booking' };
    return inputOf(row).writesHoldings
      ? { kind: 'advance', step: 'holdings' }
      : { kind: 'advance', states: [enter('COMPLETED')], step: null };
  },
});

async function areRecorded(
  { investSuite }: RebalancingPorts,
  context: StepContext,
  progress: RebalancingProgress,
): Promise<boolean> {
  const { row, read } = context;
  const records = await read((reading) =>
    Promise.all(progress.skipped.map(({ isin }) => getWorkflow(reading, skippedIdOf(row.id, isin)))),
  );
  if (records.some((record) => record !== undefined && outcomeOf(record, storedTransaction) === undefined))
    return false;
  for (const order of await ordersOf(context, progress)) {
    const transactionId = parseTransactionId(orderProgressOf(order).transactionId ?? '');
    if (transactionId === undefined) {
      // One that InvestSuite refused to record has come to rest without a transaction.
      if (order.step !== null) return false;
      continue;
    }
    const transaction = await investSuite.transactionFresh(row.portfolio_id, transactionId);
    if (transaction !== null && isRequestStatus(transaction.status)) return false;
  }
  return true;
}
