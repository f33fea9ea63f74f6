import { z } from 'zod';
import type { TransactionId } from '../../domain/ids.ts';
import { followBrokerOrder, isOver } from '../../domain/order/follow.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { timeOf } from '../cash/rows.ts';
import { keepJson, readKept } from '../engine/kept-json.ts';
import { type Decision, enter, type WriteStep } from '../engine/step.ts';
import { moveTransactionStep, type Written } from '../transaction/move.ts';
import { notFollowed, orderIdOf, progressOf, REST, remembering } from './followed.ts';
import { orderNews } from './news.ts';
import { changeUnknown } from './outcome.ts';
import type { OrderPorts } from './ports.ts';

const knownTransaction = (row: WorkflowRow): TransactionId => {
  const { transactionId: id } = progressOf(row);
  if (id === undefined) throw new TypeError(`it is not known which transaction ${row.id} is`);
  return id;
};

/** State of the order when its transaction was computed, for after the write. */
const noted = z.object({ over: z.boolean(), problems: z.string() });

/** An open order is polled, in case an event never comes. */
function rest(
  ports: OrderPorts,
  row: WorkflowRow,
  transaction: Transaction,
  { written, note }: Written,
): Decision<'order-sync'> {
  const { over, problems } = readKept(noted, note ?? 'null');
  if (problems !== '' && problems !== progressOf(row).problems) {
    ports.onTrouble?.(notFollowed(row, problems, transaction.id));
  }
  const patch = remembering(row, { problems, ...(written && { written: transaction }) });
  const states = written ? [enter('FOLLOWED', transaction.status)] : [];
  return over ? { ...REST, states, patch } : { kind: 'wait', for: 'order', step: 'move', states, patch };
}

/** Moves the transaction to where the broker is. */
export const moveStep = (ports: OrderPorts): WriteStep<'order-sync'> =>
  moveTransactionStep<'order-sync'>(ports, {
    transactionIdOf: knownTransaction,
    target: async (context, transaction) => {
      const order = await orderNews(ports, context, orderIdOf(context.row));
      if (order === undefined) return { kind: 'decided', decision: REST };
      const { movements, problems } = followBrokerOrder(transaction.movements, order, timeOf(context.now));
      const note = keepJson({ over: isOver(order), problems: problems.join(' ') });
      return movements === undefined ? { kind: 'unchanged', note } : { kind: 'changed', movements, note };
    },
    done: ({ row }, transaction, how) => rest(ports, row, transaction, how),
    gone: ({ row, now, lateArrivalMs }) => {
      const { madeAt } = progressOf(row);
      // Not shown yet: it must not be made again.
      if (madeAt !== undefined && now - madeAt < lateArrivalMs) return { kind: 'wait', for: 'investsuite' };
      // Looked for again: there may be another one.
      return { kind: 'advance', step: 'look', patch: remembering(row, { transactionId: undefined }) };
    },
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
