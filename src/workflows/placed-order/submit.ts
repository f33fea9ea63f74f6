import { z } from 'zod';
import type { BrokerOrderDetails } from '../../datasources/upvest/index.ts';
import type { TransactionId } from '../../domain/ids.ts';
import { stands } from '../../domain/order/placed.ts';
import { orderSubject, placedOrderSubject } from '../cash/broker-events.ts';
import {
  ABSENT,
  type Advance,
  type BegunRow,
  type Evidence,
  enter,
  found,
  NOT_KNOWN,
  type StepContext,
  writeStepOf,
} from '../engine/step.ts';
import { stepKey } from '../engine/upstream-keys.ts';
import { followerIdOf } from '../order/follow.ts';
import { following, ORDER_SYNC } from '../order/followed.ts';
import { isLate, LATE, leave } from './leave.ts';
import { orderInputOf, progressOf, remembering } from './rows.ts';

/** Sends the order to the broker, under the key of the step and with the row's id as `client_reference`. */
export const submit = writeStepOf<'order'>()({
  system: 'UPVEST',
  memo: z.null(),
  preparesFromRow: true,
  prepare: async ({ row, now }) => {
    if (row.cancel_requested_at !== null) return leave(row, 'CANCELLED', 'Cancelled on request.');
    if (isLate(row, now)) return leave(row, 'EXPIRED', LATE);
    return { kind: 'send' as const, memo: null };
  },
  send: ({ row, ports, sending }) => {
    const { sendBefore, optimizationId, rebalancingId, units, ...order } = orderInputOf(row);
    const named = { clientReference: row.id, idempotencyKey: stepKey(row, 'submit') };
    return ports.upvest.createOrder({ ...order, ...named }, sending);
  },
  repeats: 'key',
  sendBefore: (row) => orderInputOf(row).sendBefore,
  look: (context) => lookForOrder(context),
  doubt:
    'The outcome of the order is unknown: Upvest did not answer. Look for the order at Upvest by its client reference.',
  accepted: ({ row }, _memo, made) => submitted(row, made),
  refused: ({ row }, _memo, status) => leave(row, 'REJECTED', `Upvest refused the order (${status}).`),
  resolve: {
    // Found by its client reference in the next step.
    done: ({ row }) => ({
      kind: 'advance',
      states: [enter('SUBMITTED')],
      step: 'watch',
      patch: { subject: row.subject },
    }),
    notDone: ({ row }) => leave(row, 'REJECTED', 'Marked as not placed by an operator.'),
  },
});

/** Goes on with an order that the broker has. */
export const submitted = (row: StepContext['row'], made: BrokerOrderDetails): Advance<'order'> => ({
  kind: 'advance',
  states: [enter('SUBMITTED')],
  step: 'watch',
  patch: {
    subject: placedOrderSubject(made.id),
    ...remembering(row, {}),
  },
  begin: [followerRow(made.id, progressOf(row).transactionId)],
});

/** The row that has InvestSuite's transaction follow the broker's order. */
export const followerRow = (orderId: string, transactionId: TransactionId | undefined): BegunRow<'order-sync'> => ({
  id: followerIdOf(orderId),
  kind: ORDER_SYNC,
  ...following(transactionId),
  input: { orderId },
  money: null,
  subject: orderSubject(orderId),
});

/** The order that an attempt has placed, by its client reference among all orders of the account, whatever their status. */
export async function lookForOrder({ row, ports }: StepContext): Promise<Evidence<BrokerOrderDetails>> {
  const orders = await ports.upvest.orders(orderInputOf(row).accountId, { fresh: true });
  const ours = orders.filter(({ clientReference }) => clientReference === row.id);
  const trading = ours.filter(({ status, executions }) => status !== 'CANCELLED' || executions.some(stands));
  // One that was cancelled without a fill traded nothing: it does not count beside another.
  const [first, ...others] = trading.length > 0 ? trading : ours.slice(0, 1);
  if (first === undefined) return ABSENT;
  return others.length === 0
    ? found(first)
    : { ...NOT_KNOWN, because: 'Several orders at Upvest have the client reference of this one.' };
}
