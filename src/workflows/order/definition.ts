import type { Transitions } from '../../domain/state-change.ts';
import type { ASKED_ONCE_STATES, WorkflowKind } from '../../domain/workflow-kinds.ts';

/** The kinds that a caller asks for and waits for. */
export type AskedOnceKind = Extract<
  WorkflowKind,
  'transaction-record' | 'order-change' | 'holdings-change' | 'synchronization-run'
>;

/** A request of a caller that ends once. It follows itself where its history notes what it waits for. */
export const ASKED_ONCE: Transitions<(typeof ASKED_ONCE_STATES)[number]> = {
  REQUESTED: ['REQUESTED', 'COMPLETED', 'FAILED', 'IN_DOUBT'],
  COMPLETED: [],
  FAILED: [],
  IN_DOUBT: [],
};
