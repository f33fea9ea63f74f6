import { randomUUID } from 'node:crypto';
import { upvestTime } from '../values/clock.ts';
import { compared, isPositive, minus, negated, plus, times, toCents } from '../values/exact.ts';
import { priceAt } from '../values/prices.ts';
import { serveBacklog } from './backlog.ts';
import { bookCash, changeBalance } from './cash.ts';
import { enterLedger, type UpvestContext } from './context.ts';
import type { Execution, Order, OrderStatus } from './entities.ts';
import { moveUnits } from './ledger-lines.ts';
import { known } from './reads.ts';
import { bookUnits } from './securities.ts';
import { takenBy } from './unit-locks.ts';

export interface Fill {
  /** Units. */
  readonly quantity: string;
  /** Per unit; the stand-ins' price when left out. */
  readonly price?: string;
  /** The money that moves; quantity × price, cut to cents, when left out. */
  readonly cashAmount?: string;
  readonly taxes?: string;
  /** False: more fills follow. When left out, the order is filled once its quantity is. */
  readonly complete?: boolean;
}

/** Fills an order, whole or in part. */
export function fillOrder(context: UpvestContext, id: string, fill: Fill): Execution {
  const order = known(context.store.orders, 'Order', id);
  const price = fill.price ?? priceAt(order.instrument_id, context.clock());
  const execution: Execution = {
    id: randomUUID(),
    order_id: id,
    status: 'FILLED',
    side: order.side,
    currency: order.currency,
    cash_amount: fill.cashAmount ?? toCents(times(fill.quantity, price)),
    share_quantity: fill.quantity,
    price,
    transaction_time: upvestTime(context.clock()),
    taxes: [{ type: 'TOTAL', amount: fill.taxes ?? context.settings.orderTax ?? '0' }],
  };
  const executions = [...order.executions, execution];
  const complete = fill.complete ?? isComplete(order, executions);
  const status: OrderStatus = complete ? 'FILLED' : 'PROCESSING';
  changeOrder(context, order, { status, executions }, status !== order.status);
  context.emit('EXECUTION.FILLED', execution);
  bookFill(context, order, execution, complete);
  return execution;
}

/** By units where the order has units; an order by amount is one fill. */
function isComplete(order: Order, executions: readonly Execution[]): boolean {
  if (!isPositive(order.quantity)) return true;
  const filled = executions.reduce((sum, { share_quantity }) => plus(sum, share_quantity), '0');
  return compared(filled, order.quantity) >= 0;
}

/** A sale's money can be traded at once and paid out when it is settled. */
function bookFill(context: UpvestContext, order: Order, execution: Execution, complete: boolean): void {
  const groupId = groupOf(context, order);
  const { currency } = order;
  const taxes = execution.taxes[0]?.amount ?? '0';
  const buys = order.side === 'BUY';
  const fee = order.executions.length === 0 ? order.fee : '0';
  const costs = plus(taxes, fee);
  const net = buys ? negated(plus(execution.cash_amount, costs)) : minus(execution.cash_amount, costs);
  if (buys) changeBalance(context, groupId, currency, { ...unlocked(context, order.id, net, complete), balance: net });
  else changeBalance(context, groupId, currency, { balance: net, pending_settlement: net, available_for_trading: net });
  movePosition(context, order, execution, 'ORDER_EXECUTION', complete);
  bookCash(context, {
    type: 'ORDER_EXECUTION',
    groupId,
    accountId: order.account_id,
    currency,
    amount: net,
    taxes,
    references: [
      { id: execution.id, type: 'ORDER_EXECUTION' },
      { id: order.id, type: 'ORDER' },
    ],
  });
  enterLedger(context, {
    kind: 'order-filled',
    accountGroupId: groupId,
    amount: execution.cash_amount,
    currency,
    id: execution.id,
  });
}

/** Uses the locked money; the rest is unlocked at the end. */
function unlocked(context: UpvestContext, orderId: string, net: string, complete: boolean) {
  const held = context.store.locks.get(orderId) ?? '0';
  const spent = negated(net);
  const used = compared(spent, held) > 0 ? held : spent;
  const rest = minus(held, used);
  const beyond = minus(spent, used);
  if (complete) context.store.locks.delete(orderId);
  else context.store.locks.set(orderId, rest);
  const freed = minus(complete ? rest : '0', beyond);
  return {
    locked_for_trading: negated(complete ? held : used),
    available_for_trading: freed,
    available_for_withdrawal: freed,
  };
}

function movePosition(
  context: UpvestContext,
  order: Order,
  execution: Execution,
  type: 'ORDER_EXECUTION' | 'ORDER_EXECUTION_CANCELLATION',
  isLast = false,
): void {
  const isin = order.instrument_id;
  const isMore = (order.side === 'BUY') === (type === 'ORDER_EXECUTION');
  const by = isMore ? execution.share_quantity : negated(execution.share_quantity);
  const isSale = order.side === 'SELL' && type === 'ORDER_EXECUTION';
  const taken = isSale ? takenBy(context, order, execution.share_quantity, isLast) : undefined;
  const { instrument } = moveUnits(context, order.account_id, isin, by, taken);
  bookUnits(context, {
    type,
    account_id: order.account_id,
    account_group_id: groupOf(context, order),
    instrument,
    delta: { amount: by },
    references: [
      { id: execution.id, type: 'ORDER_EXECUTION' },
      { id: order.id, type: 'ORDER' },
    ],
  });
}

export function settleExecution(context: UpvestContext, orderId: string, executionId: string): Execution | undefined {
  const order = known(context.store.orders, 'Order', orderId);
  const before = order.executions.find(({ id, status }) => id === executionId && status === 'FILLED');
  if (!before) return undefined;
  const day = upvestTime(context.clock()).slice(0, 10);
  const after: Execution = { ...before, status: 'SETTLED', settlement_date: day };
  replaceExecution(context, order, after);
  context.emit('EXECUTION.SETTLED', after);
  if (order.side === 'SELL') {
    const groupId = groupOf(context, order);
    const net = minus(after.cash_amount, after.taxes[0]?.amount ?? '0');
    changeBalance(context, groupId, order.currency, {
      pending_settlement: negated(net),
      available_for_withdrawal: net,
    });
    serveBacklog(context, groupId, order.currency);
  }
  return after;
}

/** A mistrade: reverses the execution. */
export function cancelExecution(context: UpvestContext, orderId: string, executionId: string): Execution | undefined {
  const order = known(context.store.orders, 'Order', orderId);
  const before = order.executions.find(({ id, status }) => id === executionId && status !== 'CANCELLED');
  if (!before) return undefined;
  const after: Execution = { ...before, status: 'CANCELLED' };
  replaceExecution(context, order, after);
  context.emit('EXECUTION.CANCELLED', after);
  const groupId = groupOf(context, order);
  const taxes = before.taxes[0]?.amount ?? '0';
  const buys = order.side === 'BUY';
  const back = buys ? plus(before.cash_amount, taxes) : negated(minus(before.cash_amount, taxes));
  const pending = !buys && before.status === 'FILLED';
  changeBalance(context, groupId, order.currency, {
    balance: back,
    available_for_trading: back,
    ...(pending ? { pending_settlement: back } : { available_for_withdrawal: back }),
  });
  movePosition(context, order, before, 'ORDER_EXECUTION_CANCELLATION');
  bookCash(context, {
    type: 'ORDER_EXECUTION_CANCELLATION',
    groupId,
    accountId: order.account_id,
    currency: order.currency,
    amount: back,
    references: [
      { id: executionId, type: 'ORDER_EXECUTION' },
      { id: orderId, type: 'ORDER' },
    ],
  });
  return after;
}

function replaceExecution(context: UpvestContext, order: Order, execution: Execution): void {
  const executions = order.executions.map((one) => (one.id === execution.id ? execution : one));
  changeOrder(context, order, { executions }, false);
}

/** A new state of an order; it sends an event unless only its executions changed. */
export function changeOrder(context: UpvestContext, order: Order, changes: Partial<Order>, tell = true): Order {
  const after = context.store.orders.put({ ...order, ...changes, updated_at: upvestTime(context.clock()) });
  if (tell) context.emit(`ORDER.${after.status}`, after);
  return after;
}

const groupOf = (context: UpvestContext, order: Order): string =>
  context.store.accounts.get(order.account_id)?.account_group_id ?? '';
