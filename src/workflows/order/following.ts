import type { Transitions } from '../../domain/state-change.ts';
import type { StateOf } from '../../domain/workflow-kinds.ts';
import type { CompleteDefinition } from '../engine/definition.ts';
import { transactionEvent } from './events.ts';
import { ORDER_SYNC, orderIdOf, progressOf } from './followed.ts';
import { lookStep } from './look.ts';
import { moveStep } from './move.ts';
import type { OrderPorts } from './ports.ts';
import { recordFoundStep } from './record-found.ts';

/** A state follows itself for each time that it was written, and where its history notes what it waits for. */
const TRANSITIONS: Transitions<StateOf<'order-sync'>> = {
  REQUESTED: ['REQUESTED', 'FOLLOWED', 'UNMATCHED', 'IN_DOUBT'],
  FOLLOWED: ['FOLLOWED', 'UNMATCHED', 'IN_DOUBT'],
  UNMATCHED: ['UNMATCHED', 'FOLLOWED', 'IN_DOUBT'],
  IN_DOUBT: ['IN_DOUBT', 'FOLLOWED', 'UNMATCHED'],
};

/** docs/transactions.md: an order of the broker that a transaction follows. */
export const orderSyncWorkflow = (ports: OrderPorts): CompleteDefinition<'order-sync'> => {
  const look = lookStep(ports);
  return {
    kind: ORDER_SYNC,
    transitions: TRANSITIONS,
    steps: { look, record: recordFoundStep(ports), move: moveStep(ports) },
    recheck: look,
    event: (row, history, at) => {
      const entered = history.at(-1);
      const { written } = progressOf(row);
      // An entry with another reason only notes what it waits for.
      return row.state === 'FOLLOWED' && written !== undefined && entered?.reason === written.status
        ? transactionEvent(row, at, written, orderIdOf(row))
        : undefined;
    },
  };
};
