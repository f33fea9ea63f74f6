import { checkSearchableId } from '../../domain/input-rules.ts';
import { isOrderOf } from '../../domain/order/follow.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { UpstreamRefusedReadError } from '../../errors.ts';
import { getWorkflow, type WorkflowRow } from '../../store/index.ts';
import { type Decision, enter, type ObserveStep, type StepContext } from '../engine/step.ts';
import { notFollowed, orderIdOf, progressOf, REST, remembering } from './followed.ts';
import { type OrderNews, orderNews } from './news.ts';
import type { OrderPorts } from './ports.ts';

/**
 * Attempts before the search for a missing transaction ends: about three minutes. A tenant may have orders outside of
 * InvestSuite, and each search costs up to three calls.
 */
const MAX_LOOKS = 8;

/** A list of InvestSuite may lag behind what was recorded there. */
const LOOKS_BEFORE_RECORDING = 1;

/** An order that the gateway has placed has its own row, which records it. */
async function isPlacedHere({ read }: StepContext, { clientReference: reference }: OrderNews): Promise<boolean> {
  if (reference === null || reference === '') return false;
  return (await read((reading) => getWorkflow(reading, reference))) !== undefined;
}

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

/** Looks for the transaction of an order. */
export function lookStep(ports: OrderPorts): ObserveStep<'order-sync'> {
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
      const isLeftAlone = ports.recordsOrders !== true || order === undefined || (await isPlacedHere(context, order));
      if (!isLeftAlone && row.attempts >= LOOKS_BEFORE_RECORDING) return { kind: 'advance', step: 'record' };
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

const unmatched = (row: WorkflowRow, reason: string): Decision<'order-sync'> => ({
  ...REST,
  states: row.state === 'UNMATCHED' ? [] : [enter('UNMATCHED', reason)],
});

function ambiguous(ports: OrderPorts, row: WorkflowRow, found: readonly Transaction[]): Decision<'order-sync'> {
  const message = 'Several transactions match this order; none was changed.';
  ports.onTrouble?.(notFollowed(row, message, found.map(({ id }) => id).join(' ')));
  return unmatched(row, message);
}
