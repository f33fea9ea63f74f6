import type { WorkflowDefinition } from '../definition.ts';
import { holdingsChangeWorkflow } from './holdings-change.ts';
import { orderChangeWorkflow } from './order-change.ts';
import { orderSyncWorkflow } from './order-sync.ts';
import type { OrderPorts } from './ports.ts';
import { transactionRecordWorkflow } from './transaction-record.ts';

/** Every kind of work on transactions and holdings, for the engine. */
export const orderWorkflows = (ports: OrderPorts): readonly WorkflowDefinition[] => [
  transactionRecordWorkflow(ports),
  orderChangeWorkflow(ports),
  holdingsChangeWorkflow(ports),
  orderSyncWorkflow(ports),
];
