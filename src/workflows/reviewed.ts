import { CASH_WORKFLOWS } from './cash/workflows.ts';
import type { WorkflowDefinition } from './engine/definition.ts';
import { orderWorkflow } from './placed-order/workflow.ts';

/** The kinds that may need a person. */
export const REVIEWED_WORKFLOWS: readonly WorkflowDefinition[] = [...CASH_WORKFLOWS, orderWorkflow];
