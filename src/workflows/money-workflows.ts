import type { WorkflowDefinition } from './definition.ts';
import { depositWorkflow } from './deposit.ts';
import { virtualCashDecreaseWorkflow, virtualCashIncreaseWorkflow } from './virtual-cash.ts';
import { withdrawalWorkflow } from './withdrawal.ts';

/** Every kind of money that moves, for the engine. */
export const MONEY_WORKFLOWS: readonly WorkflowDefinition[] = [
  depositWorkflow,
  withdrawalWorkflow,
  virtualCashIncreaseWorkflow,
  virtualCashDecreaseWorkflow,
];
