import type { HistoryRow, NewLogEvent, WorkflowRow } from '../../store/index.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import type { Step } from '../engine/step.ts';

/** Each state and those that may follow it. */
type Follows = Readonly<Record<string, readonly string[]>>;

/** A request of a caller that ends once. It follows itself where its history notes what it waits for. */
export const ASKED_ONCE: Follows = {
  REQUESTED: ['REQUESTED', 'COMPLETED', 'FAILED', 'IN_DOUBT'],
  COMPLETED: [],
  FAILED: [],
  IN_DOUBT: [],
};

export interface OrderDefinition {
  readonly kind: string;
  readonly states: Follows;
  readonly steps: Readonly<Record<string, Step>>;
  readonly recheck?: Step;
  /** Undefined for states that are nobody's news; `entered` is the last entry of the row's history. */
  readonly event: (row: WorkflowRow, at: number, entered: HistoryRow | undefined) => NewLogEvent | undefined;
}

export const orderDefinition = ({ kind, states, steps, recheck, event }: OrderDefinition): WorkflowDefinition => ({
  kind,
  steps,
  ...(recheck && { recheck }),
  checkTransition: (from, to) => {
    if (states[from]?.includes(to) !== true) throw new TypeError(`${kind}: ${to} may not follow ${from}`);
  },
  event: (row, history, at) => event(row, at, history.at(-1)),
});
