import { DEPOSIT_STATES } from './deposit.ts';
import { ORDER_STATES } from './order/placed.ts';
import { REBALANCING_STATES } from './rebalancing.ts';
import { VIRTUAL_CASH_STATES } from './virtual-cash.ts';
import { WITHDRAWAL_STATES } from './withdrawal.ts';

/** States of work on transactions and holdings that a caller asked for: it ends once. */
export const ASKED_ONCE_STATES = ['REQUESTED', 'COMPLETED', 'FAILED', 'IN_DOUBT'] as const;

/** States of an order of the broker that a transaction follows. */
export const FOLLOWING_STATES = ['REQUESTED', 'FOLLOWED', 'UNMATCHED', 'IN_DOUBT'] as const;

/** States of a line of the broker's ledger: it has a transaction, is a request's or an order's own, or a person has to look. */
export const LINE_STATES = ['REQUESTED', 'BOOKED', 'OURS', 'PROBLEM'] as const;

/** States of a portfolio whose holdings follow the broker. */
export const SYNCHRONIZATION_STATES = ['REQUESTED', 'IN_SYNC', 'DRIFTED'] as const;

/**
 * Each kind of durable work, with the states and the steps of its rows. The names stand in databases: one that is in use is
 * never taken away, and means the same for ever.
 */
export const WORKFLOW_KINDS = {
  deposit: {
    states: DEPOSIT_STATES,
    steps: ['fund', 'await-funded', 'book', 'book-transaction', 'book-holdings', 'notify'],
  },
  withdrawal: {
    states: WITHDRAWAL_STATES,
    steps: [
      ...(['reserve', 'submit', 'watch', 'book-transaction', 'book-holdings'] as const),
      ...(['tell', 'restore', 'release', 'last-look'] as const),
    ],
  },
  'virtual-cash-increase': { states: VIRTUAL_CASH_STATES, steps: ['issue', 'await'] },
  'virtual-cash-decrease': { states: VIRTUAL_CASH_STATES, steps: ['issue', 'await'] },
  order: { states: ORDER_STATES, steps: ['record', 'submit', 'watch', 'close'] },
  rebalancing: { states: REBALANCING_STATES, steps: ['check', 'sell', 'buy', 'records', 'holdings'] },
  'optimization-news': { states: ASKED_ONCE_STATES, steps: ['look'] },
  'transaction-record': { states: ASKED_ONCE_STATES, steps: ['record', 'look'] },
  'order-change': { states: ASKED_ONCE_STATES, steps: ['move'] },
  'holdings-change': { states: ASKED_ONCE_STATES, steps: ['write', 'compare'] },
  'order-sync': { states: FOLLOWING_STATES, steps: ['look', 'record', 'move'] },
  'ledger-line': { states: LINE_STATES, steps: ['map', 'record'] },
  synchronization: { states: SYNCHRONIZATION_STATES, steps: ['settle', 'holdings'] },
  'synchronization-run': { states: ASKED_ONCE_STATES, steps: ['await'] },
} as const satisfies Record<string, { readonly states: readonly string[]; readonly steps: readonly string[] }>;

export type WorkflowKind = keyof typeof WORKFLOW_KINDS;
export type StateOf<K extends WorkflowKind> = (typeof WORKFLOW_KINDS)[K]['states'][number];
export type StepOf<K extends WorkflowKind> = (typeof WORKFLOW_KINDS)[K]['steps'][number];
/** A state or step of some kind. */
export type WorkflowState = StateOf<WorkflowKind>;
export type WorkflowStep = StepOf<WorkflowKind>;

export const isWorkflowKind = (text: string): text is WorkflowKind => text in WORKFLOW_KINDS;
