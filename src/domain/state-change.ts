import type { DateTime } from './datetime.ts';

/** An entry of a history. A repeated state has a new reason. */
export interface StateChange<S extends string> {
  readonly state: S;
  readonly at: DateTime;
  readonly reason: string | null;
}

/** Allowed next states. A state that may repeat (with another reason) lists itself. */
export type Transitions<S extends string> = Readonly<Record<S, readonly S[]>>;
