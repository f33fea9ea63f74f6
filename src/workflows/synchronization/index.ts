export { type Synchronizable, synchronizableOf, synchronizeEvents } from './follow-event.ts';
export { begin, type Plan, planOf } from './plan.ts';
export { isFollowing } from './portfolio.ts';
export type { SynchronizationPorts } from './ports.ts';
export {
  type SynchronizationServices,
  type Synchronized,
  type SynchronizePortfolioInput,
  synchronizePortfolio,
} from './run.ts';
export { type StoredSynchronization, storedSynchronization } from './state.ts';
export { type SweepAsked, Sweeper, type SweeperOptions } from './sweep.ts';
export { synchronizationWorkflows } from './workflows.ts';
