import { z } from 'zod';
import { notFound } from '../../domain/failures.ts';
import { applyOrderStatus } from '../../domain/order/apply.ts';
import type { OrderStatusResult } from '../../domain/order/change.ts';
import type { WorkflowRow } from '../../store/index.ts';
import type { CompleteDefinition } from '../engine/definition.ts';
import { readKept } from '../engine/kept-json.ts';
import type { Decision } from '../engine/step.ts';
import { moveTransactionStep } from '../transaction/move.ts';
import { ASKED_ONCE } from './definition.ts';
import { transactionEvent } from './events.ts';
import { changeUnknown, completed, endInDoubt, failed, outcomeOf, refusedByInvestSuite } from './outcome.ts';
import type { OrderPorts } from './ports.ts';
import { type RowFailure, storedStatusChange, storedTransaction, transactionId } from './stored.ts';

export const ORDER_CHANGE = 'order-change';

const input = z.object({ transactionId, change: storedStatusChange });
export type OrderChangeInput = z.output<typeof input>;

export const NO_TRANSACTION = notFound('There is no such transaction in this portfolio.');

/** Why a change cannot be made of these movements; undefined where it can, or where they say it already. */
export function failureOf(result: OrderStatusResult): RowFailure | undefined {
  switch (result.kind) {
    case 'illegal': {
      const { from, to } = result;
      return { kind: 'illegalStatusChange', from, to, message: `${to} may not follow ${from}.` };
    }
    case 'invalid':
      return result;
    case 'changed':
    case 'unchanged':
      return undefined;
    default:
      return result satisfies never;
  }
}

const inputOf = (row: WorkflowRow): OrderChangeInput => readKept(input, row.input);

const unsettled = (ports: OrderPorts, row: WorkflowRow): Decision<'order-change'> =>
  endInDoubt(ports, row, changeUnknown, { transactionId: inputOf(row).transactionId });

/** docs/transactions.md: a change of status that a caller asked for. */
export const orderChangeWorkflow = (ports: OrderPorts): CompleteDefinition<'order-change'> => ({
  kind: ORDER_CHANGE,
  transitions: ASKED_ONCE,
  steps: {
    move: moveTransactionStep<'order-change'>(ports, {
      transactionIdOf: (row) => inputOf(row).transactionId,
      target: async ({ row }, { movements }) => {
        const result = applyOrderStatus(movements, inputOf(row).change);
        if (result.kind === 'changed' || result.kind === 'unchanged') return result;
        return { kind: 'decided', decision: failed(failureOf(result) ?? NO_TRANSACTION) };
      },
      done: (_context, transaction, { warnings }) => completed(transaction, warnings),
      gone: ({ row }) => (row.sent_at === null ? failed(NO_TRANSACTION) : unsettled(ports, row)),
      unsettled: ({ row }) => unsettled(ports, row),
      refused: (_context, status) => failed(refusedByInvestSuite(status)),
    }),
  },
  event: (row, _history, at) => {
    const outcome = outcomeOf(row, storedTransaction);
    return outcome?.kind === 'done' ? transactionEvent(row, at, outcome.value, null) : undefined;
  },
});
