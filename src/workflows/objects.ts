import type { Deposit } from '../domain/deposit.ts';
import type { Order } from '../domain/order/placed.ts';
import type { Rebalancing } from '../domain/rebalancing.ts';
import type { VirtualCashMovement } from '../domain/virtual-cash.ts';
import type { Withdrawal } from '../domain/withdrawal.ts';
import type { HistoryRow, WorkflowRow } from '../store/index.ts';
import {
  DEPOSIT,
  depositOf,
  ORDER,
  VIRTUAL_CASH_DECREASE,
  VIRTUAL_CASH_INCREASE,
  virtualCashOf,
  WITHDRAWAL,
  withdrawalOf,
} from './cash/rows.ts';
import { orderOf } from './placed-order/rows.ts';
import { REBALANCING, rebalancingOf } from './rebalancing/rows.ts';

/** A row's part of the graph: which object it is, by its kind. Undefined for kinds that the graph does not show. */
export function objectOf(row: WorkflowRow, history: readonly HistoryRow[]): CashRequest | undefined {
  switch (row.kind) {
    case DEPOSIT:
      return { type: 'Deposit', object: depositOf(row, history) };
    case WITHDRAWAL:
      return { type: 'Withdrawal', object: withdrawalOf(row, history) };
    case VIRTUAL_CASH_INCREASE:
    case VIRTUAL_CASH_DECREASE:
      return { type: 'VirtualCashMovement', object: virtualCashOf(row, history) };
    case ORDER:
      return { type: 'Order', object: orderOf(row, history) };
    case REBALANCING:
      return { type: 'Rebalancing', object: rebalancingOf(row, history) };
    default:
      return undefined;
  }
}
export type CashRequest =
  | { readonly type: 'Deposit'; readonly object: Deposit }
  | { readonly type: 'Withdrawal'; readonly object: Withdrawal }
  | { readonly type: 'VirtualCashMovement'; readonly object: VirtualCashMovement }
  | { readonly type: 'Order'; readonly object: Order }
  | { readonly type: 'Rebalancing'; readonly object: Rebalancing };
