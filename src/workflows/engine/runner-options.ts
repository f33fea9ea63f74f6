import type { UpstreamSystem } from '../../errors.ts';
import type { Store, WorkflowRow } from '../../store/index.ts';
import type { WorkflowPorts } from '../ports.ts';
import type { WorkflowDefinition } from './definition.ts';

/**
 * Points at which a test may end or stop the process: between them lies everything that can be lost. `sending` is in
 * the turn of the event loop in which a write is handed to the kernel, so its callback is not awaited.
 */
export type Point = 'begun' | 'prepared' | 'marked' | 'sending' | 'sent' | 'committed';

export interface RunnerOptions {
  readonly store: Store;
  readonly ports: WorkflowPorts;
  readonly definitions: ReadonlyMap<string, WorkflowDefinition>;
  /** False once the lease may have run out (by a clock that goes on while the process is paused): send nothing then. */
  readonly mayStillSend: (row: WorkflowRow) => boolean;
  /** True while a call of an upstream would fail without an attempt: nothing is marked then, and so nothing is ever in doubt. */
  readonly isAway?: ((system: UpstreamSystem) => boolean) | undefined;
  /** How long after an attempt a request may still reach an upstream. Default LATE_ARRIVAL_MS in step.ts. */
  readonly lateArrivalMs?: number | undefined;
  /** Gets errors that are not an upstream's: defects, or an unavailable store. */
  readonly onTrouble: (what: string, error: unknown) => void;
  /** Gets rows that have come into review. */
  readonly onReview?: ((row: WorkflowRow) => void) | undefined;
  /** For tests of crashes; awaited. */
  readonly probe?: ((point: Point, row: WorkflowRow) => void | Promise<void>) | undefined;
  /** Does the work of one step, and lets be seen how long it takes. */
  readonly inSpan?:
    | ((row: WorkflowRow, work: () => Promise<WorkflowRow | undefined>) => Promise<WorkflowRow | undefined>)
    | undefined;
}
