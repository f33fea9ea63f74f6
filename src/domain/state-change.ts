import type { DateTime } from './datetime.ts';

/** An entry of a history. A repeated state has a new reason. */
export interface StateChange<S extends string> {
  readonly state: S;
  readonly at: DateTime;
  readonly reason: string | null;
  /** Note of the operator who decided so; missing in events. For operators. */
  readonly note?: string | undefined;
}

/** Allowed next states. A state that may repeat (with another reason) lists itself. */
export type Transitions<S extends string> = Readonly<Record<S, readonly S[]>>;
