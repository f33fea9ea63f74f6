import type { WorkflowRow } from '../../store/index.ts';
import { inputOf, progressOf } from '../rebalancing/rows.ts';
import { optimizationKey } from './ledgers.ts';
import type { Expectation } from './model.ts';

/** An order that has ended, whatever came of it. */
const ENDED = ['EXECUTED', 'SETTLED', 'CANCELLED', 'NOT_EXECUTED', 'EXPIRED'] as const;

/**
 * docs/orders.md: each order of the optimization has one transaction in InvestSuite, by the optimization's id and the instrument; one that
 * was skipped is NOT_EXECUTED. The orders at the broker are the matter of their own rows.
 */
export function compareRebalancing(row: WorkflowRow): readonly Expectation[] {
  if (row.progress === null) return [];
  const { optimizationId } = inputOf(row);
  const { plan, skipped } = progressOf(row);
  const isSkipped = new Set(skipped.map(({ isin }) => isin));
  const isOver = row.state === 'COMPLETED';
  return plan.map(({ isin }) => ({
    workflow: { id: row.id, kind: row.kind, state: row.state },
    ledger: 'investsuite-transactions',
    sort: null,
    presence: isOver ? 'must' : 'may',
    key: optimizationKey(optimizationId, isin),
    amount: null,
    currency: null,
    statuses: isSkipped.has(isin) ? ['NOT_EXECUTED'] : isOver ? ENDED : undefined,
    from: row.created_at,
    near: row.updated_at,
    missing: `InvestSuite has no transaction of ${isin} for optimization ${optimizationId}`,
  }));
}
