import type { WorkflowDefinition } from './engine/definition.ts';
import { orderWorkflows } from './order/index.ts';
import { timedOrderWorkflow } from './placed-order/workflow.ts';
import { REVIEWED_WORKFLOWS } from './reviewed.ts';
import { type SynchronizationPorts, synchronizationWorkflows } from './synchronization/index.ts';

/** Every kind of work of a gateway. `onAtBroker`: see {@link timedOrderWorkflow}. */
export const allWorkflows = (
  ports: SynchronizationPorts,
  onAtBroker: (ms: number) => void,
): readonly WorkflowDefinition[] => [
  ...REVIEWED_WORKFLOWS,
  ...orderWorkflows(ports),
  ...synchronizationWorkflows(ports),
  // The last of a kind counts.
  timedOrderWorkflow(onAtBroker),
];
