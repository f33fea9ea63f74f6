export { COMPARATORS, type Comparator } from './comparators.ts';
export { type Comparison, compare } from './compare.ts';
export type { LedgerPorts } from './ledgers.ts';
export {
  type Effect,
  type Expectation,
  FINDING_KINDS,
  type Finding,
  type FindingKind,
  type WorkflowRef,
} from './model.ts';
export { type Progress, type ReconcileOptions, type ReconcileResult, reconcile } from './reconcile.ts';
