import type { WorkflowDefinition } from '../engine/definition.ts';
import { holdingsChangeWorkflow } from '../holdings/workflow.ts';
import { transactionRecordWorkflow } from '../transaction/workflow.ts';
import { orderSyncWorkflow } from './following.ts';
import type { OrderPorts } from './ports.ts';
import { orderChangeWorkflow } from './status-change.ts';

/** Every kind of work on transactions and holdings, for the engine. */
export const orderWorkflows = (ports: OrderPorts): readonly WorkflowDefinition[] => [
  transactionRecordWorkflow(ports),
  orderChangeWorkflow(ports),
  holdingsChangeWorkflow(ports),
  orderSyncWorkflow(ports),
];
