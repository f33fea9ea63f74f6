import type { WorkflowRow } from '../../store/index.ts';
import { DEPOSIT, ORDER, VIRTUAL_CASH_DECREASE, VIRTUAL_CASH_INCREASE, WITHDRAWAL } from '../cash/rows.ts';
import { REBALANCING } from '../rebalancing/rows.ts';
import { TRANSACTION_RECORD } from '../transaction/find.ts';
import { compareDeposit } from './deposit.ts';
import type { Expectation } from './model.ts';
import { compareOrder } from './order.ts';
import { compareRebalancing } from './rebalancing.ts';
import { compareTransactionRecord } from './transaction.ts';
import { compareVirtualCash } from './virtual-cash.ts';
import { compareWithdrawal } from './withdrawal.ts';

/** The effects that a row of one kind should have in the upstreams' ledgers. Pure. */
export type Comparator = (row: WorkflowRow) => readonly Expectation[];

/**
 * One comparator for each kind of workflow. A new kind adds a line here (and, where it leaves its effects in a ledger
 * that is not read yet, a reader in ledgers.ts). Rows of kinds without one are only looked at for unknown outcomes.
 */
export const COMPARATORS: ReadonlyMap<string, Comparator> = new Map([
  [DEPOSIT, compareDeposit],
  [WITHDRAWAL, compareWithdrawal],
  [VIRTUAL_CASH_INCREASE, compareVirtualCash],
  [VIRTUAL_CASH_DECREASE, compareVirtualCash],
  [TRANSACTION_RECORD, compareTransactionRecord],
  [ORDER, compareOrder],
  [REBALANCING, compareRebalancing],
]);
