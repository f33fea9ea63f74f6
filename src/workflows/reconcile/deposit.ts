import type { DepositState } from '../../domain/deposit.ts';
import { DEPOSIT_STATES } from '../../domain/deposit.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { depositInputOf, stateIn } from '../cash/rows.ts';
import { endedExpectation, expectation, keyOf, type Presence } from './expectation.ts';
import type { Expectation } from './model.ts';

const AT_UPVEST: Readonly<Record<DepositState, Presence>> = {
  REQUESTED: 'may',
  FUNDING: 'may',
  FUNDED: 'must',
  BOOKING: 'must',
  COMPLETED: 'must',
  FAILED: 'must not',
  NEEDS_REVIEW: 'may',
};

const AT_INVESTSUITE: Readonly<Record<DepositState, Presence>> = {
  REQUESTED: 'must not',
  FUNDING: 'must not',
  FUNDED: 'must not',
  BOOKING: 'may',
  COMPLETED: 'must',
  FAILED: 'must not',
  NEEDS_REVIEW: 'may',
};

/** docs/deposits.md: the broker's virtual cash first, then InvestSuite's booking. */
export function compareDeposit(row: WorkflowRow): readonly Expectation[] {
  const state = stateIn(DEPOSIT_STATES, row.state);
  const { funding, booking } = depositInputOf(row);
  const atUpvest = expectation(row, {
    ledger: 'upvest-cash',
    sort: 'virtual cash increase',
    presence: AT_UPVEST[state],
    key: keyOf(row),
    ...endedExpectation(row),
  });
  const atInvestSuite = expectation(row, {
    ledger: 'investsuite-transactions',
    sort: 'deposit',
    presence: AT_INVESTSUITE[state],
    key: booking === 'gateway' ? row.id : null,
  });
  return funding === 'none' ? [atInvestSuite] : [atUpvest, atInvestSuite];
}
