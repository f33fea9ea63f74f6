import { VIRTUAL_CASH_STATES, type VirtualCashState } from '../../domain/virtual-cash.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { stateIn, VIRTUAL_CASH_INCREASE } from '../cash/rows.ts';
import { endedExpectation, expectation, keyOf, type Presence } from './expectation.ts';
import type { Expectation } from './model.ts';

/** The cash ledger shows a movement once it is confirmed. */
const PRESENCE: Readonly<Record<VirtualCashState, Presence>> = {
  REQUESTED: 'may',
  ISSUED: 'may',
  QUEUED: 'may',
  CONFIRMED: 'must',
  CANCELLED: 'must not',
  FAILED: 'must not',
  NEEDS_REVIEW: 'may',
};

export function compareVirtualCash(row: WorkflowRow): readonly Expectation[] {
  return [
    expectation(row, {
      ledger: 'upvest-cash',
      sort: row.kind === VIRTUAL_CASH_INCREASE ? 'virtual cash increase' : 'virtual cash decrease',
      presence: PRESENCE[stateIn(VIRTUAL_CASH_STATES, row.state)],
      key: keyOf(row),
      ...endedExpectation(row),
    }),
  ];
}
