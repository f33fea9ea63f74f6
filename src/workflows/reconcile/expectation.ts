import type { WorkflowRow } from '../../store/index.ts';
import { brokerIdOf } from '../broker-events.ts';
import { moneyOf } from '../rows.ts';
import type { Expectation } from './model.ts';

export type Presence = Expectation['presence'];

/** The broker's id of what a row made; null until we were told of it. */
export const keyOf = (row: WorkflowRow): string | null => brokerIdOf(row.subject);

type About = Pick<Expectation, 'ledger' | 'sort' | 'presence' | 'key' | 'statuses' | 'missing'> &
  Partial<Pick<Expectation, 'from'>>;

/** An expectation with the row's amount and times. */
export function expectation(row: WorkflowRow, about: About): Expectation {
  const { amount, currency } = moneyOf(row);
  return {
    workflow: { id: row.id, kind: row.kind, state: row.state },
    amount,
    currency,
    from: row.created_at,
    near: row.updated_at,
    ...about,
  };
}
