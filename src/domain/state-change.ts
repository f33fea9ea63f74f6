import type { DateTime } from './datetime.ts';

/** One line of the history of money that moves. The same state twice: it was entered before, and has a new reason. */
export interface StateChange<S extends string> {
  readonly state: S;
  readonly at: DateTime;
  readonly reason: string | null;
}

/** Which states may follow which. A state that may be entered again (with another reason) lists itself. */
export type Transitions<S extends string> = Readonly<Record<S, readonly S[]>>;

export const mayFollow = <S extends string>(transitions: Transitions<S>, from: S, to: S): boolean =>
  transitions[from].includes(to);
