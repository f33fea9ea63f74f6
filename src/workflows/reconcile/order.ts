import type { BrokerOrderStatus } from '../../domain/broker.ts';
import { ORDER_STATES, type OrderState } from '../../domain/order/placed.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { stateIn } from '../cash/rows.ts';
import type { Presence } from './expectation.ts';
import type { Expectation } from './model.ts';

interface AtUpvest {
  readonly presence: Presence;
  /** The order's statuses that go with the state. */
  readonly statuses?: readonly BrokerOrderStatus[];
}

const LISTED: Readonly<Record<OrderState, AtUpvest>> = {
  // The request is sent in these states: until it is answered, the order may be there.
  REQUESTED: { presence: 'may' },
  RECORDED: { presence: 'may' },
  SUBMITTED: { presence: 'must', statuses: ['NEW'] },
  WORKING: { presence: 'must', statuses: ['NEW', 'PROCESSING'] },
  FILLED: { presence: 'must', statuses: ['FILLED'] },
  SETTLED: { presence: 'must', statuses: ['FILLED'] },
  // FILLED: all executions were taken back.
  CANCELLED: { presence: 'may', statuses: ['CANCELLED', 'FILLED'] },
  REJECTED: { presence: 'must not' },
  // Ended by the broker after its last day it is there, as CANCELLED.
  EXPIRED: { presence: 'must not' },
  NEEDS_REVIEW: { presence: 'may' },
};

/** docs/orders.md: at the broker by the row's id. The transaction in InvestSuite is the matter of the row that records it. */
export function compareOrder(row: WorkflowRow): readonly Expectation[] {
  return [
    {
      workflow: { id: row.id, kind: row.kind, state: row.state },
      ledger: 'upvest-orders',
      sort: 'order',
      ...LISTED[stateIn(ORDER_STATES, row.state)],
      key: row.id,
      amount: null,
      currency: null,
      from: row.created_at,
      near: row.updated_at,
    },
  ];
}
