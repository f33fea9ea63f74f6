import type { BrokerWithdrawalStatus } from '../../domain/broker-payments.ts';
import { WITHDRAWAL_STATES, type WithdrawalState } from '../../domain/withdrawal.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { stateIn, withdrawalInputOf } from '../cash/rows.ts';
import { progressOf } from '../withdrawal/progress.ts';
import { endedExpectation, expectation, keyOf, type Presence } from './expectation.ts';
import type { Expectation } from './model.ts';

interface AtUpvest {
  readonly presence: Presence;
  /** The withdrawal's statuses that go with the state. */
  readonly statuses?: readonly BrokerWithdrawalStatus[];
}

const LISTED: Readonly<Record<WithdrawalState, AtUpvest>> = {
  REQUESTED: { presence: 'must not' },
  RESERVED: { presence: 'must not' },
  // The request is sent in this state: until it is answered, the effect may exist.
  AWAITING_CASH: { presence: 'may' },
  SUBMITTED: { presence: 'must', statuses: ['NEW'] },
  PROCESSING: { presence: 'must', statuses: ['PROCESSING'] },
  PAID: { presence: 'must', statuses: ['CONFIRMED'] },
  COMPLETED: { presence: 'must', statuses: ['CONFIRMED'] },
  CANCELLED: { presence: 'may', statuses: ['CANCELLED'] },
  FAILED: { presence: 'may', statuses: ['CANCELLED'] },
  RETURNED: { presence: 'must', statuses: ['CANCELLED'] },
  NEEDS_REVIEW: { presence: 'may' },
};

/** A decrease of virtual cash is in the ledger once it is confirmed, which is what PAID means with it. */
const DECREASED: Readonly<Record<WithdrawalState, Presence>> = {
  REQUESTED: 'must not',
  RESERVED: 'must not',
  AWAITING_CASH: 'may',
  SUBMITTED: 'may',
  PROCESSING: 'may',
  PAID: 'must',
  COMPLETED: 'must',
  CANCELLED: 'must not',
  FAILED: 'must not',
  RETURNED: 'may',
  NEEDS_REVIEW: 'may',
};

const AT_INVESTSUITE: Readonly<Record<WithdrawalState, Presence>> = {
  REQUESTED: 'must not',
  RESERVED: 'must not',
  AWAITING_CASH: 'must not',
  SUBMITTED: 'must not',
  PROCESSING: 'must not',
  PAID: 'may',
  COMPLETED: 'must',
  CANCELLED: 'must not',
  FAILED: 'must not',
  RETURNED: 'may',
  NEEDS_REVIEW: 'may',
};

/** docs/withdrawals.md: the broker pays first, then InvestSuite gets the withdraw event. */
export function compareWithdrawal(row: WorkflowRow): readonly Expectation[] {
  const state = stateIn(WITHDRAWAL_STATES, row.state);
  return [...atUpvest(row, state), ...atInvestSuite(row, state)];
}

function atUpvest(row: WorkflowRow, state: WithdrawalState): Expectation[] {
  const key = keyOf(row);
  if (withdrawalInputOf(row).payout === 'virtual-cash') {
    const presence = DECREASED[state];
    const ended = endedExpectation(row);
    return [expectation(row, { ledger: 'upvest-cash', sort: 'virtual cash decrease', presence, key, ...ended })];
  }
  const listed = expectation(row, {
    ledger: 'upvest-withdrawals',
    sort: 'withdrawal',
    ...LISTED[state],
    key,
    ...endedExpectation(row),
  });
  if (key === null) return [listed];
  // The status shows that it was paid; the cash ledger shows whether it was paid twice, or with another amount.
  const paid = expectation(row, { ledger: 'upvest-cash', sort: 'withdrawal payment', presence: 'may', key });
  return [listed, paid];
}

function atInvestSuite(row: WorkflowRow, state: WithdrawalState): Expectation[] {
  const told = state === 'RETURNED' && progressOf(row).told === true;
  const booked = expectation(row, {
    ledger: 'investsuite-transactions',
    sort: 'cash withdrawal',
    presence: told ? 'must' : AT_INVESTSUITE[state],
    key: withdrawalInputOf(row).booking === 'gateway' ? row.id : null,
  });
  if (!told) return [booked];
  const corrected = expectation(row, {
    ledger: 'investsuite-transactions',
    sort: 'deposit',
    presence: 'must',
    key: null,
    missing: 'the payment came back to the broker, and InvestSuite has nothing that takes its withdrawal back',
  });
  return [booked, corrected];
}
