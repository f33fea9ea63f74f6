import type { CompleteDefinition, WorkflowDefinition } from '../engine/definition.ts';
import { ASKED_ONCE } from '../order/definition.ts';
import { synchronizationEvent } from './events.ts';
import { holdingsStep } from './holdings.ts';
import { LEDGER_LINE } from './line.ts';
import { mapLineStep } from './map-line.ts';
import { SYNCHRONIZATION } from './portfolio.ts';
import type { SynchronizationPorts } from './ports.ts';
import { recordLineStep } from './record-line.ts';
import { awaitStep, SYNCHRONIZATION_RUN } from './run.ts';
import { settleStep } from './settle.ts';

/** docs/synchronization.md: a line of the broker's ledger. A line that is booked, or a request's own, rests for ever. */
const ledgerLineWorkflow = (ports: SynchronizationPorts): CompleteDefinition<'ledger-line'> => {
  const map = mapLineStep(ports);
  return {
    kind: LEDGER_LINE,
    transitions: {
      REQUESTED: ['REQUESTED', 'BOOKED', 'OURS', 'PROBLEM'],
      PROBLEM: ['PROBLEM', 'BOOKED', 'OURS'],
      BOOKED: [],
      OURS: [],
    },
    steps: { map, record: recordLineStep(ports) },
    recheck: {
      kind: 'observe',
      run: async (context) =>
        context.row.state === 'PROBLEM' ? await map.run(context) : { kind: 'advance', step: null },
    },
    event: (row, _history, at) =>
      row.state === 'PROBLEM' && row.reason !== null ? synchronizationEvent(row, at, 'PROBLEM', 'DRIFTED') : undefined,
  };
};

/** A portfolio whose holdings follow the broker. It rests until something is told of it. */
const synchronizationWorkflow = (ports: SynchronizationPorts): CompleteDefinition<'synchronization'> => {
  const settle = settleStep(ports);
  return {
    kind: SYNCHRONIZATION,
    transitions: {
      REQUESTED: ['REQUESTED', 'IN_SYNC', 'DRIFTED'],
      IN_SYNC: ['IN_SYNC', 'DRIFTED'],
      DRIFTED: ['DRIFTED', 'IN_SYNC'],
    },
    steps: { settle, holdings: holdingsStep(ports) },
    recheck: settle,
    event: (row, history, at) => {
      // An entry with a reason only notes what it waits for.
      if (row.state === 'IN_SYNC') {
        return history.at(-1)?.reason == null ? synchronizationEvent(row, at, 'IN_SYNC', 'IN_SYNC') : undefined;
      }
      return row.state === 'DRIFTED' ? synchronizationEvent(row, at, 'DRIFTED', 'DRIFTED') : undefined;
    },
  };
};

/** An operator's run over a portfolio. */
const synchronizationRunWorkflow: CompleteDefinition<'synchronization-run'> = {
  kind: SYNCHRONIZATION_RUN,
  transitions: ASKED_ONCE,
  steps: { await: awaitStep },
  event: () => undefined,
};

export const synchronizationWorkflows = (ports: SynchronizationPorts): readonly WorkflowDefinition[] => [
  ledgerLineWorkflow(ports),
  synchronizationWorkflow(ports),
  synchronizationRunWorkflow,
];
