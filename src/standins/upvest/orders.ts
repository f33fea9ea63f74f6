import { randomUUID } from 'node:crypto';
import type { Answer, Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { upvestTime } from '../values/clock.ts';
import { compared, dividedBy, isPositive, minus, plus, times, toCents, trimmed } from '../values/exact.ts';
import { priceAt } from '../values/prices.ts';
import { flag, matching, object, oneOf, text } from '../values/shape.ts';
import { balanceOf, changeBalance } from './cash.ts';
import { bodyOf, enterLedger, type Operation, operation, type UpvestContext } from './context.ts';
import type { Account, Order } from './entities.ts';
import { refusal } from './errors.ts';
import { cancelExecution, changeOrder, type Fill, fillOrder, settleExecution } from './executions.ts';
import type { Outcome } from './outcomes.ts';
import { pageAnswer } from './paging.ts';
import { known, settled } from './reads.ts';
import { lockUnits, unlockUnits } from './unit-locks.ts';
import { AMOUNT, ANY_UUID } from './withdrawals.ts';

const READ = ['orders:read', 'orders:admin'];
const ADMIN = ['orders:admin'];
const QUANTITY = matching(/^[0-9]{1,63}(\.[0-9]{1,27})?$/);

const REQUEST = object(
  {
    user_id: ANY_UUID,
    account_id: ANY_UUID,
    cash_amount: AMOUNT,
    quantity: QUANTITY,
    currency: oneOf('EUR', 'GBP', 'USD'),
    side: oneOf('BUY', 'SELL'),
    instrument_id: matching(/^[A-Z]{2}[A-Z0-9]{9}[0-9]$/),
    instrument_id_type: oneOf('ISIN'),
    order_type: oneOf('MARKET', 'LIMIT', 'STOP'),
    limit_price: matching(/^([0-9]{1,63}(\.[0-9]{1,27})?)?$/),
    stop_price: matching(/^([0-9]{1,63}(\.[0-9]{1,27})?)?$/),
    expiry_date: matching(/^\d{4}-\d{2}-\d{2}$/),
    client_reference: text(100),
    execution_flow: oneOf('STRAIGHT_THROUGH', 'BLOCK'),
    user_instrument_fit_acknowledgement: flag,
  },
  ['user_id', 'account_id', 'currency', 'side', 'instrument_id', 'instrument_id_type', 'order_type'],
);

export function orderOperations(context: UpvestContext): readonly Route<Operation>[] {
  const { store } = context;
  return [
    operation('POST /orders', ADMIN, (exchange) => place(context, exchange), 'needs-key'),
    operation('GET /orders/:id', READ, (_, { id = '' }) => ({ status: 200, body: known(store.orders, 'Order', id) })),
    operation('GET /orders/:id/executions/:execution', READ, (_, { id = '', execution = '' }) => {
      const found = known(store.orders, 'Order', id).executions.find((one) => one.id === execution);
      if (!found) throw refusal(404, 'Execution not found');
      return { status: 200, body: found };
    }),
    operation('GET /accounts/:id/orders', READ, (exchange, { id = '' }) => {
      known(store.accounts, 'Account', id);
      const { query } = exchange;
      const status = statusAskedFor(context, query);
      const from = query.get('date_created_from');
      const until = query.get('date_created_to');
      const own = store.orders
        .of(id)
        .filter((order) => status === null || order.status === status)
        .filter(({ created_at: at }) => (from === null || at >= from) && (until === null || at <= until));
      return pageAnswer(exchange, settled(context, own), ['created_at', 'updated_at', 'id']);
    }),
    operation('DELETE /orders/:id', ADMIN, (_, { id = '' }) => {
      const order = known(store.orders, 'Order', id);
      if (order.status === 'NEW') cancelOrder(context, id, 'CANCELLED_BY_CLIENT');
      // The refusal of a cancellation comes as an event, not in the answer.
      else context.emit('ORDER_CANCELLATION.REJECTED', order);
      return { status: 202, body: { id } };
    }),
  ];
}

const STATUSES = ['NEW', 'PROCESSING', 'FILLED', 'CANCELLED'];

/** Null: orders of every status. */
function statusAskedFor({ settings }: UpvestContext, query: URLSearchParams): string | null {
  if (settings.orderList === 'no-filter') return null;
  const status = query.get('status');
  if (status !== null && !STATUSES.includes(status)) throw refusal(400, `status must be one of ${STATUSES.join(', ')}`);
  return status ?? (settings.orderList === 'filled-by-default' ? 'FILLED' : null);
}

function place(context: UpvestContext, exchange: Exchange): Answer {
  const given = bodyOf(exchange, REQUEST);
  if ((given.cash_amount === undefined) === (given.quantity === undefined))
    throw refusal(400, 'Either cash_amount or quantity must be given');
  if (!isPositive(given.cash_amount ?? given.quantity ?? '0')) throw refusal(400, 'The amount must be greater than 0');
  const account = context.store.accounts.get(given.account_id);
  if (!account) throw refusal(422, 'The account is not known');
  const order = newOrder(context, account, given);
  enterLedger(
    context,
    {
      kind: 'order-requested',
      accountGroupId: account.account_group_id,
      amount: given.cash_amount ?? given.quantity ?? '0',
      currency: order.currency,
      id: order.id,
    },
    exchange,
  );
  return { status: 202, body: order };
}

/** Adds an order and schedules its steps; its money is locked until it is filled. */
export function newOrder(context: UpvestContext, account: Account, given: Partial<Order>): Order {
  const now = upvestTime(context.clock());
  const order = context.store.orders.put({
    id: randomUUID(),
    created_at: now,
    updated_at: now,
    user_id: account.users[0]?.id ?? '',
    cash_amount: '0',
    quantity: '0',
    currency: 'EUR',
    side: 'BUY',
    instrument_id: 'US0378331005',
    instrument_id_type: 'ISIN',
    order_type: 'MARKET',
    limit_price: '',
    stop_price: '',
    expiry_date: '2225-01-01',
    fee: context.settings.orderFee ?? '0',
    initiation_flow: 'API',
    execution_flow: 'STRAIGHT_THROUGH',
    client_reference: '',
    ...given,
    account_id: account.id,
    status: 'NEW',
    executions: [],
  });
  context.store.outcomes.take('order', account.account_group_id, order.id);
  context.emit('ORDER.NEW', order);
  lock(context, account.account_group_id, order);
  context.schedule.next('order', order.id, () => moveOn(context, order.id));
  return order;
}

/** Units bought are paid at a price not yet known: ten percent more is held. */
function lock(context: UpvestContext, groupId: string, order: Order): void {
  const byCash = isPositive(order.cash_amount);
  if (order.side === 'SELL') {
    // By amount the price is not known yet, either.
    lockUnits(context, order, byCash ? times(wholeQuantity(context, order), '1.1') : order.quantity);
    return;
  }
  const amount = byCash
    ? order.cash_amount
    : toCents(times(times(order.quantity, priceAt(order.instrument_id, context.clock())), '1.1'));
  const { available_for_trading } = balanceOf(context, groupId, order.currency);
  if (compared(available_for_trading, amount) < 0) return;
  context.store.locks.set(order.id, amount);
  changeBalance(context, groupId, order.currency, {
    locked_for_trading: amount,
    available_for_trading: `-${amount}`,
    available_for_withdrawal: `-${amount}`,
  });
}

/** The order's scheduled steps: NEW, PROCESSING, filled at the stand-ins' price in as many parts as the settings say, settled. */
function moveOn(context: UpvestContext, id: string): void {
  const order = context.store.orders.get(id);
  if (!order) return;
  const again = (): void => context.schedule.next('order', id, () => moveOn(context, id));
  const open = order.executions.find(({ status }) => status === 'FILLED');
  const forced = context.store.outcomes.of(id);
  if (order.status === 'NEW') {
    if (forced === 'stay') return;
    if (order.side === 'BUY' && !context.store.locks.has(id)) {
      cancelOrder(context, id, 'CANCELLED_BY_UPVEST_PLATFORM');
      return;
    }
    changeOrder(context, order, { status: 'PROCESSING' });
    again();
  } else if (order.status === 'PROCESSING') {
    if (trade(context, order, forced)) again();
  } else if (order.status === 'FILLED' && open) {
    settleExecution(context, id, open.id);
    again();
  } else if (order.status === 'FILLED' && forced === 'mistrade') {
    for (const execution of order.executions) cancelExecution(context, id, execution.id);
  }
}

/** False where nothing follows. */
function trade(context: UpvestContext, order: Order, forced: Outcome | undefined): boolean {
  if (forced === 'work') return false;
  if (forced === 'cancel' || (order.executions.length > 0 && forced === 'part')) {
    cancelOrder(context, order.id, 'CANCELLED_BY_TRADING_PARTNER');
    return false;
  }
  fillOrder(context, order.id, forced === 'part' ? half(context, order) : nextFill(context, order));
  return true;
}

const half = (context: UpvestContext, order: Order): Fill => ({
  quantity: trimmed(dividedBy(wholeQuantity(context, order), '2', 6)),
  complete: false,
});

/** Cancels orders whose last day is over. */
export function endExpired(context: UpvestContext): void {
  const today = upvestTime(context.clock()).slice(0, 10);
  for (const { id, status, expiry_date: last } of context.store.orders.all()) {
    if ((status === 'NEW' || status === 'PROCESSING') && last < today)
      cancelOrder(context, id, 'CANCELLED_BY_TRADING_PARTNER');
  }
}

function nextFill(context: UpvestContext, order: Order): Fill {
  const whole = wholeQuantity(context, order);
  const filled = order.executions.reduce((sum, { share_quantity }) => plus(sum, share_quantity), '0');
  const isLast = order.executions.length + 1 >= context.settings.orderFills;
  const part = trimmed(dividedBy(whole, String(context.settings.orderFills), 6));
  return { quantity: isLast ? minus(whole, filled) : part, complete: isLast };
}

function wholeQuantity(context: UpvestContext, order: Order): string {
  if (isPositive(order.quantity)) return order.quantity;
  return trimmed(dividedBy(order.cash_amount, priceAt(order.instrument_id, context.clock()), 6));
}

export function cancelOrder(context: UpvestContext, id: string, reason: string): Order {
  const order = known(context.store.orders, 'Order', id);
  context.schedule.forget('order', id);
  const locked = context.store.locks.get(id);
  context.store.locks.delete(id);
  const after = changeOrder(context, order, { status: 'CANCELLED', cancellation_reason: reason });
  const groupId = context.store.accounts.get(order.account_id)?.account_group_id ?? '';
  if (order.side === 'SELL') unlockUnits(context, order, locked ?? '0');
  else if (locked !== undefined)
    changeBalance(context, groupId, order.currency, {
      locked_for_trading: `-${locked}`,
      available_for_trading: locked,
      available_for_withdrawal: locked,
    });
  return after;
}
