import type { WorkflowKind } from '../../domain/workflow-kinds.ts';
import type { HistoryRow, LoggedEvent, WorkflowRow } from '../../store/index.ts';
import type { CompleteDefinition, WorkflowDefinition } from '../engine/definition.ts';
import { objectOf } from '../objects.ts';
import { timeOf } from './rows.ts';

/** The kinds whose rows are objects of the graph. */
export type CashKind = Extract<
  WorkflowKind,
  'deposit' | 'withdrawal' | 'virtual-cash-increase' | 'virtual-cash-decrease'
>;

type CashDefinition<K extends CashKind> = Omit<CompleteDefinition<K>, 'event'> & {
  /** First word of its events' types: `DEPOSIT.FUNDED`. */
  readonly noun: string;
};

/** Each state that such a row enters is one event, with the object as it is then. */
export const cashDefinition = <K extends CashKind>({ noun, ...rest }: CashDefinition<K>): WorkflowDefinition<K> => ({
  ...rest,
  event: (row, history, at) => ({
    portfolioId: row.portfolio_id,
    source: 'GATEWAY',
    type: `${noun}.${row.state}`,
    objectId: row.id,
    occurredAt: timeOf(at),
    receivedAt: at,
    event: loggedOf(row, history),
  }),
});

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
    case 'Order':
    case 'Rebalancing':
    case undefined:
      throw new TypeError(`row ${row.id} of kind ${row.kind} is no object of the graph`);
    default:
      return request satisfies never;
  }
}
