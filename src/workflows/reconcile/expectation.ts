import type { WorkflowRow } from '../../store/index.ts';
import { brokerEffectOf } from '../cash/broker-effects.ts';
import { brokerIdOf } from '../cash/broker-events.ts';
import { moneyOf } from '../cash/rows.ts';
import { sendingOf } from '../engine/sendings.ts';
import type { Expectation } from './model.ts';

export type Presence = Expectation['presence'];

/** The broker's id of a row's object; null until the broker has answered. */
export const keyOf = (row: WorkflowRow): string | null => brokerIdOf(row.subject);

type About = Pick<Expectation, 'ledger' | 'sort' | 'presence' | 'key' | 'statuses' | 'missing'> &
  Partial<Pick<Expectation, 'from' | 'near' | 'ended'>>;

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

/**
 * For a row that ended without effect at the broker: there must be none. Its requests may have had one nevertheless,
 * which is searched by amount and time while the broker's id is unknown. Nothing for an open row.
 */
export function endedExpectation(row: WorkflowRow): Partial<Pick<Expectation, 'presence' | 'ended' | 'from' | 'near'>> {
  if (row.state !== 'FAILED' && row.state !== 'CANCELLED') return {};
  const sending = sendingOf(row, brokerEffectOf(row)?.step ?? '');
  if (sending !== undefined) return { presence: 'may', ended: true, from: sending.firstAt, near: sending.lastAt };
  return keyOf(row) === null ? { presence: 'must not' } : {};
}
