import { z } from 'zod';
import { isPositive } from '../../domain/decimal.ts';
import type { NewTransaction } from '../../domain/movement-validation.ts';
import { placedOrder } from '../../domain/order/place.ts';
import { externalIdLock, type WorkflowRow } from '../../store/index.ts';
import { timeOf } from '../cash/rows.ts';
import { ABSENT, type Advance, type Decision, enter, found, type WriteStep, writeStepOf } from '../engine/step.ts';
import { notFollowed, orderIdOf, progressOf, REST, remembering } from './followed.ts';
import { type OrderNews, orderNews } from './news.ts';
import { NOT_REVIEWED } from './outcome.ts';
import type { OrderPorts } from './ports.ts';
import { storedNewTransaction } from './stored.ts';

const memo = z.object({ transaction: storedNewTransaction });

/** InvestSuite's 409: it is rebalancing, or has the id already. */
const CONFLICT = 409;

/** The transaction of an order that was placed elsewhere, as `recordOrder` would make it; or why there can't be one. */
function transactionOf(order: OrderNews, now: number): NewTransaction | string {
  const { side, instrumentId, cashAmount, quantity, orderType, limitPrice, currency } = order;
  if (side === null) return 'The order has neither side.';
  // A filled order by amount shows both.
  const amount = cashAmount !== null && isPositive(cashAmount) ? cashAmount : null;
  const isLimit = orderType === 'LIMIT' && amount === null && limitPrice !== null && isPositive(limitPrice);
  const checked = placedOrder(
    {
      side,
      instrumentId,
      externalId: order.id,
      quantity: amount === null ? quantity : null,
      amount,
      currency: currency ?? null,
      // InvestSuite has no stop orders.
      orderType: orderType === 'MARKET' ? 'MARKET' : null,
      limitPrice: isLimit ? limitPrice : null,
      placedAt: order.createdAt,
    },
    // A broker's clock that is ahead must not lose an order.
    { now: order.createdAt ?? timeOf(now), baseCurrency: currency ?? '' },
  );
  return checked.kind === 'valid' ? checked.value : checked.message;
}

/**
 * PORTFOLIO_SYNC: makes the transaction of an order that has none, PLACED, under the broker's id. Then it follows the broker. The
 * lock is that of `recordOrder` with the same id.
 */
export function recordFoundStep(ports: OrderPorts): WriteStep<'order-sync'> {
  const { investSuite } = ports;
  const find = (row: WorkflowRow) => investSuite.findTransactionsByExternalId(row.portfolio_id, orderIdOf(row));
  return writeStepOf<'order-sync'>()({
    system: 'INVESTSUITE',
    memo,
    lock: (row) => externalIdLock(row.portfolio_id, orderIdOf(row)),
    prepare: async (context) => {
      const { row, now } = context;
      const order = await orderNews(ports, context, orderIdOf(row));
      if (order === undefined || ports.recordsOrders !== true) return REST;
      // Made meanwhile, by another hand.
      if ((await find(row)).length > 0) return LOOK;
      const transaction = transactionOf(order, now);
      if (typeof transaction === 'string') return unrecorded(ports, row, transaction);
      return { kind: 'send' as const, memo: { transaction } };
    },
    send: ({ row, sending }, { transaction }) => investSuite.createTransaction(row.portfolio_id, transaction, sending),
    repeats: 'never',
    look: async ({ row }) => {
      const [made] = await find(row);
      return made === undefined ? ABSENT : found(made);
    },
    doubt: 'The outcome is unknown: InvestSuite did not answer, and refuses to list transactions.',
    unsettled: ({ row }) => unrecorded(ports, row, 'InvestSuite does not say whether it has the transaction.'),
    accepted: ({ row, now }, _memo, { id }): Advance<'order-sync'> => ({
      kind: 'advance',
      step: 'move',
      patch: remembering(row, { transactionId: id, madeAt: now }),
    }),
    refused: ({ row }, _memo, status) =>
      status === CONFLICT
        ? { kind: 'wait', for: 'rebalancing', step: 'look' }
        : unrecorded(ports, row, `InvestSuite refused the transaction of the order (${status}).`),
    resolve: NOT_REVIEWED,
  });
}

const LOOK: Advance<'order-sync'> = { kind: 'advance', step: 'look' };

function unrecorded(ports: OrderPorts, row: WorkflowRow, reason: string): Decision<'order-sync'> {
  if (row.reason === reason) return REST;
  ports.onTrouble?.(notFollowed(row, reason, progressOf(row).transactionId ?? ''));
  return { ...REST, states: [enter('UNMATCHED', reason)] };
}
