import type { WorkflowDefinition } from '../engine/definition.ts';
import { optimizationNewsWorkflow } from './news.ts';
import type { RebalancingPorts, RebalancingSettings } from './ports.ts';
import { rebalancingWorkflow } from './workflow.ts';

/** Every kind of work on optimizations, for the engine. */
export const rebalancingWorkflows = (
  ports: RebalancingPorts,
  settings: RebalancingSettings,
): readonly WorkflowDefinition[] => [rebalancingWorkflow(ports), optimizationNewsWorkflow(ports, settings)];
