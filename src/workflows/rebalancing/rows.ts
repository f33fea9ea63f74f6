import { z } from 'zod';
import { ORDER_SIDES } from '../../domain/broker.ts';
import {
  type AccountGroupId,
  type AccountId,
  type BrokerageUserId,
  keptBrokerageUserId,
  type PortfolioId,
  parseAccountGroupId,
  parseAccountId,
} from '../../domain/ids.ts';
import { QUANTITY_TYPES } from '../../domain/optimization.ts';
import { decimalText, parsed } from '../../domain/parsed-text.ts';
import { REBALANCING_STATES, type Rebalancing } from '../../domain/rebalancing.ts';
import type { HistoryRow, WorkflowRow } from '../../store/index.ts';
import { keptSkippedOrder } from '../../store/index.ts';
import { stateIn, timeOf } from '../cash/rows.ts';
import { keepJson, readKept } from '../engine/kept-json.ts';
import type { RowPatch } from '../engine/step.ts';
import { rowIdOf } from '../engine/upstream-keys.ts';

export const REBALANCING = 'rebalancing';

/** The request, and the settings at the acceptance. */
const input = z.object({
  optimizationId: z.string(),
  /** In percent. */
  priceTolerance: decimalText,
  writesHoldings: z.boolean(),
  /** In seconds. */
  submitWithin: z.number(),
});
export type RebalancingInput = z.output<typeof input>;

export const inputOf = (row: Pick<WorkflowRow, 'input'>): RebalancingInput => readKept(input, row.input);

const planned = z.object({
  isin: z.string(),
  side: z.enum(ORDER_SIDES),
  quantityType: z.enum(QUANTITY_TYPES),
  quantity: decimalText,
  expectedPrice: decimalText.nullable(),
});

const progress = z.object({
  account: z.object({
    id: parsed(parseAccountId, 'an account id'),
    groupId: parsed(parseAccountGroupId, 'an account group id'),
    userId: z
      .string()
      .transform((text): BrokerageUserId | null => keptBrokerageUserId(text) ?? null)
      .nullable(),
    currency: z.string(),
  }),
  plan: z.array(planned),
  /** ISIN and id of the orders that have begun. */
  begun: z.array(z.object({ isin: z.string(), orderId: z.string() })),
  skipped: z.array(keptSkippedOrder),
});
export type RebalancingProgress = z.output<typeof progress>;

/** The broker's account that it trades in, and the currency of its amounts. */
export interface TradingAccount {
  readonly id: AccountId;
  readonly groupId: AccountGroupId;
  readonly userId: BrokerageUserId | null;
  readonly currency: string;
}

/** Throws for a row that has not been planned. */
export const progressOf = ({ progress: kept }: Pick<WorkflowRow, 'progress'>): RebalancingProgress =>
  readKept(progress, kept ?? 'null');

export const remembering = (now: RebalancingProgress): RowPatch => ({ progress: keepJson(now) });

/** One for each optimization, whoever asks: the store takes no second row with it. */
export const rebalancingIdOf = (portfolioId: PortfolioId, optimizationId: string): string =>
  rowIdOf('rbl_', { caller: 'gateway', mutation: REBALANCING, idempotencyKey: `${portfolioId} ${optimizationId}` });

export const orderIdOf = (rebalancingId: string, isin: string): string =>
  rowIdOf('ord_', { caller: 'gateway', mutation: 'rebalancing order', idempotencyKey: `${rebalancingId} ${isin}` });

/** The row that records a skipped order in InvestSuite, and its external id there. */
export const skippedIdOf = (rebalancingId: string, isin: string): string =>
  rowIdOf('trx_', { caller: 'gateway', mutation: 'skipped order', idempotencyKey: `${rebalancingId} ${isin}` });

/** The rebalancing as it is now. */
export function rebalancingOf(row: WorkflowRow, history: readonly HistoryRow[]): Rebalancing {
  const { begun, skipped } = row.progress === null ? { begun: [], skipped: [] } : progressOf(row);
  return {
    id: row.id,
    portfolioId: row.portfolio_id,
    optimizationId: inputOf(row).optimizationId,
    state: stateIn(REBALANCING_STATES, row.state),
    reason: row.reason,
    orderIds: begun.map(({ orderId }) => orderId),
    skipped,
    history: history.map(({ state, at, reason }) => ({
      state: stateIn(REBALANCING_STATES, state),
      at: timeOf(at),
      reason,
    })),
    createdAt: timeOf(row.created_at),
    updatedAt: timeOf(row.updated_at),
  };
}
