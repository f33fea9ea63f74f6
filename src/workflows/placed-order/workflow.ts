import { ORDER_TRANSITIONS } from '../../domain/order/placed.ts';
import { ORDER, timeOf } from '../cash/rows.ts';
import type { CompleteDefinition } from '../engine/definition.ts';
import { close } from './close.ts';
import { recheck } from './recheck.ts';
import { record } from './record.ts';
import { orderInputOf, orderOf } from './rows.ts';
import { submit } from './submit.ts';
import { watch } from './watch.ts';

export const CANCEL_ORDER = 'cancelOrder';

/** docs/orders.md */
export const orderWorkflow: CompleteDefinition<'order'> = {
  kind: ORDER,
  transitions: ORDER_TRANSITIONS,
  steps: { record, submit, watch, close },
  recheck,
  cancelMutation: CANCEL_ORDER,
  awaitedBy: (row) => orderInputOf(row).rebalancingId,
  event: (row, history, at) => {
    const order = orderOf(row, history);
    const { brokerOrderId: orderId, transactionId, state: status } = order;
    return {
      portfolioId: row.portfolio_id,
      source: 'GATEWAY',
      type: `ORDER.${status}`,
      objectId: row.id,
      occurredAt: timeOf(at),
      receivedAt: at,
      event: { kind: 'order', content: { orderId, status, transactionId, order } },
    };
  },
};

/** As {@link orderWorkflow}; `onAtBroker` is told how long after its acceptance an order was known to be at the broker, in milliseconds. */
export const timedOrderWorkflow = (onAtBroker: (ms: number) => void): CompleteDefinition<'order'> => ({
  ...orderWorkflow,
  steps: {
    ...orderWorkflow.steps,
    submit: {
      ...submit,
      accepted: (context, memo, value) => {
        onAtBroker(context.now - context.row.created_at);
        return submit.accepted(context, memo, value);
      },
    },
  },
});
