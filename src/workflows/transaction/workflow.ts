import type { CompleteDefinition } from '../engine/definition.ts';
import { ASKED_ONCE } from '../order/definition.ts';
import { transactionEvent } from '../order/events.ts';
import { outcomeOf } from '../order/outcome.ts';
import type { OrderPorts } from '../order/ports.ts';
import { storedTransaction } from '../order/stored.ts';
import { externalIdOf, inputOf, TRANSACTION_RECORD } from './find.ts';
import { lookStep } from './look.ts';
import { recordStep } from './make.ts';

/** docs/transactions.md: a transaction that a caller had recorded or an order that was placed. */
export const transactionRecordWorkflow = (ports: OrderPorts): CompleteDefinition<'transaction-record'> => ({
  kind: TRANSACTION_RECORD,
  transitions: ASKED_ONCE,
  steps: { record: recordStep(ports), look: lookStep(ports) },
  awaitedBy: (row) => {
    if (row.step !== null) return null;
    const { ofOrder, awaitedBy = null } = inputOf(row);
    return ofOrder === true ? externalIdOf(row) : awaitedBy;
  },
  event: (row, _history, at) => {
    const outcome = outcomeOf(row, storedTransaction);
    return outcome?.kind === 'done' ? transactionEvent(row, at, outcome.value, null) : undefined;
  },
});
