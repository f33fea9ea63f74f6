import { mayFollow, type Transitions } from '../../domain/state-change.ts';
import type { NewLogEvent } from '../../store/index.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import type { Step } from '../engine/step.ts';
import { objectOf, stateIn, timeOf } from './rows.ts';

export interface MoneyDefinition<S extends string> {
  readonly kind: string;
  /** First word of its events' types: `DEPOSIT.FUNDED`. */
  readonly noun: string;
  readonly shape: string;
  readonly states: readonly S[];
  readonly transitions: Transitions<S>;
  readonly steps: Readonly<Record<string, Step>>;
  readonly recheck?: Step;
  readonly cancelMutation?: string;
}

/** A kind whose rows are objects of the graph: each state entered is one event, with the object as it is then. */
export function moneyDefinition<S extends string>(money: MoneyDefinition<S>): WorkflowDefinition {
  const { kind, noun, shape, states, transitions, steps, recheck, cancelMutation } = money;
  return {
    kind,
    steps,
    ...(recheck && { recheck }),
    ...(cancelMutation !== undefined && { cancelMutation }),
    checkTransition: (from, to) => {
      if (!mayFollow(transitions, stateIn(states, from), stateIn(states, to))) {
        throw new TypeError(`${kind}: ${to} may not follow ${from}`);
      }
    },
    event: (row, history, at): NewLogEvent => ({
      portfolioId: row.portfolio_id,
      source: 'GATEWAY',
      type: `${noun}.${row.state}`,
      shape,
      objectId: row.id,
      occurredAt: timeOf(at),
      receivedAt: at,
      payload: JSON.stringify(objectOf(row, history)?.object),
    }),
  };
}
