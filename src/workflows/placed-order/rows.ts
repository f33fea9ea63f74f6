import { z } from 'zod';
import { BROKER_ORDER_STATUSES } from '../../domain/broker.ts';
import type { BrokerExecution } from '../../domain/broker-payments.ts';
import { type BrokerageUserId, keptBrokerageUserId } from '../../domain/ids.ts';
import { figuresOf, ORDER_STATES, type Order } from '../../domain/order/placed.ts';
import { decimalText } from '../../domain/parsed-text.ts';
import { type HistoryRow, keptExecution, keptOrderRequest, type WorkflowRow } from '../../store/index.ts';
import { brokerIdOf } from '../cash/broker-events.ts';
import { changes, refusedBy, stateIn, timeOf } from '../cash/rows.ts';
import { keepJson, readKept } from '../engine/kept-json.ts';
import type { RowPatch } from '../engine/step.ts';
import { transactionId } from '../order/stored.ts';
import { cancelMemory } from '../virtual-cash/cancel-at-broker.ts';

/** The request, and the settings at the acceptance. */
export const orderInput = keptOrderRequest.extend({
  brokerageUserId: z
    .string()
    .transform((text): BrokerageUserId | null => keptBrokerageUserId(text) ?? null)
    .nullable(),
  acknowledgesUnsuitable: z.boolean(),
  /** Units that a SELL takes of the position; null where that is not known, and for a BUY. */
  units: decimalText.nullable(),
  /** After this it is not sent any more; milliseconds since 1970 by the store's clock. */
  sendBefore: z.number(),
  /** The rebalancing that it is part of. */
  rebalancingId: z.string().nullable(),
});
export type OrderInput = z.output<typeof orderInput>;

export const orderInputOf = (row: Pick<WorkflowRow, 'input'>): OrderInput => readKept(orderInput, row.input);

const progress = z.object({
  /** InvestSuite's transaction, once it has it. */
  transactionId: transactionId.optional(),
  /** InvestSuite refused to record it. */
  notRecorded: z.string().optional(),
  /** An operator has seen to it that InvestSuite lacks the order. */
  isReviewed: z.boolean().optional(),
  /** The order as the broker last showed it. */
  broker: z
    .object({
      status: z.enum(BROKER_ORDER_STATUSES),
      fee: decimalText.nullable(),
      cancellationReason: z.string().nullable(),
      executions: z.array(keptExecution),
    })
    .optional(),
  /** The cancellation that is under way. `accepted`: Upvest has taken it on, which does not mean that it will be done. */
  cancel: cancelMemory.extend({ accepted: z.boolean().optional() }).optional(),
});
export type OrderProgress = z.output<typeof progress>;

export const progressOf = (row: Pick<WorkflowRow, 'progress'>): OrderProgress =>
  row.progress === null ? {} : readKept(progress, row.progress);

/** The progress of a row with something more to remember. */
export const remembering = (row: WorkflowRow, more: OrderProgress): RowPatch => ({
  progress: keepJson({ ...progressOf(row), ...more }),
});

/** Upvest's id of the order; null while it has none. */
export const brokerOrderIdOf = ({ subject }: Pick<WorkflowRow, 'subject'>): string | null => brokerIdOf(subject);

const NO_EXECUTIONS: readonly BrokerExecution[] = [];

/** The order as it is now. */
export function orderOf(row: WorkflowRow, history: readonly HistoryRow[]): Order {
  const { brokerageUserId, acknowledgesUnsuitable, units, sendBefore, rebalancingId, ...asked } = orderInputOf(row);
  const { transactionId: recordedAs, broker } = progressOf(row);
  return {
    ...asked,
    id: row.id,
    portfolioId: row.portfolio_id,
    ...figuresOf(broker?.executions ?? NO_EXECUTIONS, broker?.fee ?? null),
    state: stateIn(ORDER_STATES, row.state),
    reason: row.reason,
    ...refusedBy(row),
    cancelling: row.cancel_requested_at !== null,
    brokerOrderId: brokerOrderIdOf(row),
    transactionId: recordedAs ?? null,
    history: changes(ORDER_STATES, row, history),
    createdAt: timeOf(row.created_at),
    updatedAt: timeOf(row.updated_at),
  };
}
