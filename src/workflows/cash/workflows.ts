import { depositWorkflow } from '../deposit/workflow.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import { virtualCashDecreaseWorkflow, virtualCashIncreaseWorkflow } from '../virtual-cash/workflow.ts';
import { withdrawalWorkflow } from '../withdrawal/workflow.ts';

/** Every kind of money that moves, for the engine. */
export const CASH_WORKFLOWS: readonly WorkflowDefinition[] = [
  depositWorkflow,
  withdrawalWorkflow,
  virtualCashIncreaseWorkflow,
  virtualCashDecreaseWorkflow,
];
