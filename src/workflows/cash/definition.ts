import { mayFollow, type Transitions } from '../../domain/state-change.ts';
import type { HistoryRow, LoggedEvent, NewLogEvent, WorkflowRow } from '../../store/index.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import type { Step } from '../engine/step.ts';
import { objectOf, stateIn, timeOf } from './rows.ts';

export interface MoneyDefinition<S extends string> {
  readonly kind: string;
  /** First word of its events' types: `DEPOSIT.FUNDED`. */
  readonly noun: string;
  readonly states: readonly S[];
  readonly transitions: Transitions<S>;
  readonly steps: Readonly<Record<string, Step>>;
  readonly recheck?: Step;
  readonly cancelMutation?: string;
}

/** A kind whose rows are objects of the graph: each state entered is one event, with the object as it is then. */
export function moneyDefinition<S extends string>(money: MoneyDefinition<S>): WorkflowDefinition {
  const { kind, noun, states, transitions, steps, recheck, cancelMutation } = money;
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
      objectId: row.id,
      occurredAt: timeOf(at),
      receivedAt: at,
      event: loggedOf(row, history),
    }),
  };
}

/** The object as it is now, as its event shows it. */
function loggedOf(row: WorkflowRow, history: readonly HistoryRow[]): LoggedEvent {
  const request = objectOf(row, history);
  switch (request?.type) {
    case 'Deposit':
      return { kind: 'deposit', content: request.object };
    case 'Withdrawal':
      return { kind: 'withdrawal', content: request.object };
    case 'VirtualCashMovement':
      return { kind: 'virtual-cash', content: request.object };
    case undefined:
      throw new TypeError(`row ${row.id} of kind ${row.kind} is no object of the graph`);
    default:
      return request satisfies never;
  }
}
