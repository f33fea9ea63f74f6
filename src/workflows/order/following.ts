import { z } from 'zod';
import { followBrokerOrder, isOrderOf, isOver } from '../../domain/broker-order.ts';
import type { TransactionId } from '../../domain/ids.ts';
import { checkSearchableId } from '../../domain/input-rules.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { UpstreamRefusedReadError } from '../../errors.ts';
import { type Reading, type WorkflowRow, workflowOfSubject } from '../../store/index.ts';
import { orderSubject } from '../cash/broker-events.ts';
import { timeOf } from '../cash/rows.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import {
  type Advance,
  type Decision,
  enter,
  type ObserveStep,
  type StepContext,
  type WriteStep,
} from '../engine/step.ts';
import { moveTransactionStep, type Written } from '../transaction/move.ts';
import { orderDefinition } from './definition.ts';
import { transactionEvent } from './events.ts';
import { type OrderNews, orderNews } from './news.ts';
import { changeUnknown } from './outcome.ts';
import type { OrderPorts, OrderTrouble } from './ports.ts';
import { storedTransaction, transactionId } from './stored.ts';

export const ORDER_SYNC = 'order-sync';

export const orderSyncInput = z.object({ orderId: z.string() });

const orderIdOf = (row: WorkflowRow): string => orderSyncInput.parse(JSON.parse(row.input)).orderId;

/** Which transaction it is, once that is known; how it was when we last wrote it. */
const progress = z.object({
  transactionId: transactionId.optional(),
  written: storedTransaction.optional(),
  /** Problems that were already reported. */
  problems: z.string().optional(),
});
type Progress = z.output<typeof progress>;

const progressOf = ({ progress: kept }: Pick<WorkflowRow, 'progress'>): Progress =>
  kept === null ? {} : progress.parse(JSON.parse(kept));

/** InvestSuite's transaction of a broker's order, where its row has found it. */
export async function transactionIdOfOrder(reading: Reading, orderId: string): Promise<TransactionId | null> {
  const row = await workflowOfSubject(reading, orderSubject(orderId));
  return row?.kind === ORDER_SYNC ? (progressOf(row).transactionId ?? null) : null;
}

const remembering = (row: WorkflowRow, more: Partial<Progress>) => ({
  progress: JSON.stringify({ ...progressOf(row), ...more }),
});

/**
 * Attempts before the search for a missing transaction ends: about three minutes. A tenant may have orders outside of
 * InvestSuite, and each search costs up to three calls.
 */
const MAX_LOOKS = 8;

/** A state follows itself for each time that it was written, and where its history notes what it waits for. */
const SYNC_STATES = {
  REQUESTED: ['REQUESTED', 'FOLLOWED', 'UNMATCHED', 'IN_DOUBT'],
  FOLLOWED: ['FOLLOWED', 'UNMATCHED', 'IN_DOUBT'],
  UNMATCHED: ['UNMATCHED', 'FOLLOWED', 'IN_DOUBT'],
  IN_DOUBT: ['IN_DOUBT', 'FOLLOWED', 'UNMATCHED'],
};

const REST: Advance = { kind: 'advance', step: null };

/** The transaction of an order: by the broker's id, then by the reference that the client gave it. */
async function findTransaction(
  { investSuite }: OrderPorts,
  { row }: StepContext,
  order: OrderNews,
): Promise<readonly Transaction[]> {
  for (const externalId of [order.id, order.clientReference]) {
    // An id that InvestSuite can't have as an external id is not searched for.
    if (externalId === null || externalId === '' || checkSearchableId('', externalId) !== undefined) continue;
    const found = await investSuite.findTransactionsByExternalId(row.portfolio_id, externalId);
    const fitting = found.filter((transaction) => isOrderOf(transaction, order));
    if (fitting.length > 0) return fitting;
  }
  return [];
}

function lookStep(ports: OrderPorts): ObserveStep {
  return {
    kind: 'observe',
    run: async (context) => {
      const { row } = context;
      if (progressOf(row).transactionId !== undefined) return { kind: 'advance', step: 'move' };
      const order = await orderNews(ports, context, orderIdOf(row));
      const found = order === undefined ? [] : await findAllowed(ports, context, order);
      if (found === 'refused') return unmatched(row, 'InvestSuite refuses to list the transactions of this order.');
      const [only, ...others] = found;
      if (only !== undefined && others.length === 0) {
        return { kind: 'advance', step: 'move', patch: remembering(row, { transactionId: only.id }) };
      }
      if (only !== undefined) return ambiguous(ports, row, found);
      if (row.step === null || row.attempts < MAX_LOOKS) return { kind: 'wait', for: 'broker-event', step: 'look' };
      return unmatched(row, 'InvestSuite has no transaction for this order.');
    },
  };
}

async function findAllowed(
  ports: OrderPorts,
  context: StepContext,
  order: OrderNews,
): Promise<readonly Transaction[] | 'refused'> {
  try {
    return await findTransaction(ports, context, order);
  } catch (error) {
    if (error instanceof UpstreamRefusedReadError) return 'refused';
    throw error;
  }
}

const unmatched = (row: WorkflowRow, reason: string): Decision => ({
  ...REST,
  states: row.state === 'UNMATCHED' ? [] : [enter('UNMATCHED', reason)],
});

function ambiguous(ports: OrderPorts, row: WorkflowRow, found: readonly Transaction[]): Decision {
  const message = 'Several transactions match this order; none was changed.';
  ports.onTrouble?.(notFollowed(row, message, found.map(({ id }) => id).join(' ')));
  return unmatched(row, message);
}

const notFollowed = (row: WorkflowRow, message: string, transactionIds: string): OrderTrouble => ({
  kind: 'not-followed',
  message,
  about: { portfolioId: row.portfolio_id, orderId: orderIdOf(row), transactionIds, rowId: row.id },
});

const knownTransaction = (row: WorkflowRow): TransactionId => {
  const { transactionId: id } = progressOf(row);
  if (id === undefined) throw new TypeError(`it is not known which transaction ${row.id} is`);
  return id;
};

/** State of the order when its transaction was computed, for after the write. */
const noted = z.object({ over: z.boolean(), problems: z.string() });

/** An open order is polled, in case an event never comes. */
function rest(ports: OrderPorts, row: WorkflowRow, transaction: Transaction, { written, note }: Written): Decision {
  const { over, problems } = noted.parse(JSON.parse(note ?? 'null'));
  if (problems !== '' && problems !== progressOf(row).problems) {
    ports.onTrouble?.(notFollowed(row, problems, transaction.id));
  }
  const patch = remembering(row, { problems, ...(written && { written: transaction }) });
  const states = written ? [enter('FOLLOWED', transaction.status)] : [];
  return over ? { ...REST, states, patch } : { kind: 'wait', for: 'order', step: 'move', states, patch };
}

const moveStep = (ports: OrderPorts): WriteStep =>
  moveTransactionStep(ports, {
    transactionIdOf: knownTransaction,
    target: async (context, transaction) => {
      const order = await orderNews(ports, context, orderIdOf(context.row));
      if (order === undefined) return { kind: 'decided', decision: REST };
      const { movements, problems } = followBrokerOrder(transaction.movements, order, timeOf(context.now));
      const note = JSON.stringify({ over: isOver(order), problems: problems.join(' ') });
      return movements === undefined ? { kind: 'unchanged', note } : { kind: 'changed', movements, note };
    },
    done: ({ row }, transaction, how) => rest(ports, row, transaction, how),
    // Looked for again: there may be another one.
    gone: ({ row }) => ({ kind: 'advance', step: 'look', patch: remembering(row, { transactionId: undefined }) }),
    // The next event of the order has it looked at again.
    unsettled: ({ row }) => {
      ports.onTrouble?.({ ...notFollowed(row, changeUnknown.message, knownTransaction(row)), kind: 'in-doubt' });
      return { ...REST, states: [enter('IN_DOUBT', changeUnknown.message)] };
    },
    refused: ({ row }, status) => {
      ports.onTrouble?.(notFollowed(row, `InvestSuite refused the change (${status}).`, knownTransaction(row)));
      return REST;
    },
  });

/** docs/orders.md: an order of the broker that a transaction follows. */
export const orderSyncWorkflow = (ports: OrderPorts): WorkflowDefinition => {
  const look = lookStep(ports);
  return orderDefinition({
    kind: ORDER_SYNC,
    states: SYNC_STATES,
    steps: { look, move: moveStep(ports) },
    recheck: look,
    event: (row, at, entered) => {
      const { written } = progressOf(row);
      // An entry with another reason only notes what it waits for.
      return row.state === 'FOLLOWED' && written !== undefined && entered?.reason === written.status
        ? transactionEvent(row, at, written, orderIdOf(row))
        : undefined;
    },
  });
};
