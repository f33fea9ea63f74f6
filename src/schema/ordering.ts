import { executionsOf } from '../domain/broker-executions.ts';
import { ORDER_STATES, type Order } from '../domain/order/placed.ts';
import { instrumentOf } from '../resolvers/instruments.ts';
import { cancelOrder, orderByIdOrKey, ordersOf, placeOrder, transactionOfOrder } from '../resolvers/ordering.ts';
import type { Success } from '../resolvers/results.ts';
import { vouched } from './builder.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import { addEnum } from './enums.ts';
import { resultType } from './failures.ts';
import { INSTRUMENT } from './instrument.ts';
import { KEY, REPLAYED } from './mutations.ts';
import { addOrderPreview } from './order-preview.ts';
import type { SchemaParts } from './parts.ts';
import { pageOrError, shown } from './shown.ts';
import { BY_KEY, type History, hasPrefix } from './state-change.ts';

/** Orders that the gateway sends to the broker. */
export function addOrdering(parts: SchemaParts, history: History): void {
  addOrder(parts, history);
  addOrderFields(parts);
  addPlaceOrder(parts);
  addOrderPreview(parts);
  addCancelOrder(parts);
}

function addOrder(parts: SchemaParts, history: History): void {
  const { builder, node, refs } = parts;
  builder.objectType(refs.order, {
    description:
      'An order that the gateway sends to the broker. REQUESTED -> RECORDED (InvestSuite: PLANNED) -> SUBMITTED (broker NEW) -> WORKING (broker PROCESSING) -> FILLED -> SETTLED. CANCELLED (what was filled stays), REJECTED (the broker said no), EXPIRED (not sent in time, or past its day), NEEDS_REVIEW.',
    interfaces: [node],
    isTypeOf: (value) => hasPrefix<Order>(value, 'ord_'),
    authScopes: vouched,
  });
  addOrderRequest(parts);
  addOrderProgress(parts, history);
  addOrderFills(parts);
}

function addOrderRequest({ builder, enums, refs }: SchemaParts): void {
  builder.objectFields(refs.order, (t) => ({
    portfolioId: t.exposeID('portfolioId', { nullable: false, description: 'Id of the portfolio that it trades for.' }),
    side: t.expose('side', { type: enums.OrderSide, nullable: false, description: 'Whether it buys or sells.' }),
    isin: t.exposeString('isin', { nullable: false, description: 'ISIN of the instrument.' }),
    instrument: t.field({
      type: refs.instrument,
      description: INSTRUMENT,
      resolve: (order, _args, context) => instrumentOf(context, order.isin),
    }),
    quantity: t.expose('quantity', { type: 'Decimal', description: 'Units to trade; null for an order by amount.' }),
    amount: t.expose('amount', { type: 'Decimal', description: 'Money to trade; null for an order by quantity.' }),
    currency: t.expose('currency', {
      type: 'CurrencyCode',
      nullable: false,
      description: 'Currency of amount, prices, fee and taxes.',
    }),
    orderType: t.field({
      type: enums.OrderType,
      nullable: false,
      description: 'Type of the order.',
      resolve: ({ orderType }) => orderType,
    }),
    limitPrice: t.expose('limitPrice', { type: 'Decimal', description: 'Limit price of one unit; null without one.' }),
    stopPrice: t.expose('stopPrice', { type: 'Decimal', description: 'Stop price of one unit; null without one.' }),
    expiresOn: t.expose('expiresOn', {
      type: 'Date',
      description: 'Last day on which it may be executed; null without one.',
    }),
    optimizationId: t.exposeID('optimizationId', {
      description: "Id of the robo advisor's optimization that it carries out; null without one.",
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was taken on.' }),
  }));
}

function addOrderProgress({ builder, refs }: SchemaParts, history: History): void {
  const state = addEnum(builder, 'OrderState', 'State of an order.', ORDER_STATES, {
    REQUESTED: 'The order is recorded at the gateway and will be sent.',
    RECORDED: 'InvestSuite has the order as PLANNED.',
    SUBMITTED: 'The broker has accepted the order (Upvest: NEW).',
    WORKING: 'The broker works on the order (Upvest: PROCESSING); parts may be filled.',
    FILLED: 'All of it is filled.',
    SETTLED: 'All of it is settled.',
    CANCELLED: 'The order was cancelled; what was filled stays.',
    REJECTED: 'The order was refused; nothing was traded.',
    EXPIRED: 'The order could not be sent in time, or its last day is over; what was filled stays.',
    NEEDS_REVIEW: 'The gateway cannot settle the order by itself: an operator must look at it; reason says why.',
  });
  builder.objectFields(refs.order, (t) => ({
    state: t.expose('state', { type: state, nullable: false, description: 'State of the order.' }),
    reason: t.exposeString('reason', {
      description: 'Why it was cancelled, rejected, expired or needs an operator; null otherwise.',
    }),
    cancelling: t.exposeBoolean('cancelling', {
      nullable: false,
      description: 'A cancellation was asked for and the broker has not said yet.',
    }),
    brokerOrderId: t.exposeID('brokerOrderId', { description: "Upvest's id of the order; null until Upvest has it." }),
    transactionId: t.exposeID('transactionId', {
      description: "Id of InvestSuite's transaction; null until InvestSuite has it.",
    }),
    transaction: t.field({
      type: refs.transaction,
      description: "InvestSuite's transaction of the order; null until InvestSuite has it.",
      resolve: (order, _args, context) => transactionOfOrder(context, order),
    }),
    history: t.expose('history', {
      type: [history],
      nullable: { list: false, items: false },
      description: 'All states of the order, oldest first.',
    }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'Time of the last change.' }),
  }));
}

function addOrderFills({ builder, refs }: SchemaParts): void {
  builder.objectFields(refs.order, (t) => ({
    filledQuantity: t.expose('filledQuantity', {
      type: 'Decimal',
      nullable: false,
      description: 'Units that were traded so far.',
    }),
    averagePrice: t.expose('averagePrice', {
      type: 'Decimal',
      description: 'Price of one unit over all that was traded, at most 27 decimals; null while nothing is.',
    }),
    filledAmount: t.expose('filledAmount', {
      type: 'Decimal',
      nullable: false,
      description: 'Money that was traded so far, without fee and taxes.',
    }),
    fee: t.expose('fee', { type: 'Decimal', description: "The broker's fee; null until it names one." }),
    taxes: t.expose('taxes', { type: 'Decimal', nullable: false, description: 'Taxes on what was traded so far.' }),
    executions: t.field({
      type: [refs.execution],
      nullable: { list: false, items: false },
      description: 'The parts that were traded, those that were taken back included.',
      resolve: shown((order: Order) => executionsOf(order)),
    }),
  }));
}

function addOrderFields({ builder, refs, pageInfo }: SchemaParts): void {
  const orders = connectionType(builder, { name: 'Order', what: 'orders', node: refs.order, pageInfo });
  builder.objectFields(refs.portfolio, (t) => ({
    orders: t.field({
      type: orders,
      nullable: false,
      description:
        'Orders that the gateway sent to the broker, newest first. An empty page and an error where they cannot be read.',
      args: {
        ...pageArgs(t.arg),
        open: t.arg.boolean({ description: 'True: only those that are not over. False: only those that are.' }),
      },
      complexity: listComplexity,
      resolve: pageOrError((portfolio, args, context) => ordersOf(context, portfolio, args)),
    }),
  }));
  builder.queryFields((t) => ({
    order: t.field({
      type: refs.order,
      description:
        'An order by its id, or by the idempotencyKey of its request (for a client that lost the answer); null where there is none that the viewer may see.',
      args: {
        id: t.arg.id({ description: 'Id of the order (ord_…).' }),
        idempotencyKey: t.arg.string({ description: BY_KEY }),
      },
      resolve: (_root, args, context) => orderByIdOrKey(context, args),
    }),
  }));
}

const success = ({ builder, refs }: SchemaParts, name: string, description: string) =>
  builder.objectRef<Success<{ readonly order: Order }>>(name).implement({
    description,
    fields: (t) => ({
      order: t.expose('order', { type: refs.order, nullable: false, description: 'The order in its current state.' }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });

const SIZE = 'Exactly one of quantity (units) and amount (money, at most two decimals).';

function placeOrderInput({ builder, enums }: SchemaParts) {
  const type = enums.OrderType;
  return builder.inputType('PlaceOrderInput', {
    description: `An order for the broker. ${SIZE} MARKET when left out; LIMIT needs limitPrice, STOP stopPrice.`,
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'Id of the portfolio that it trades for.' }),
      side: t.field({ type: enums.OrderSide, required: true, description: 'Whether it buys or sells.' }),
      isin: t.string({ required: true, description: 'ISIN of the instrument.' }),
      quantity: t.field({ type: 'Decimal', description: 'Units to trade, more than 0.' }),
      amount: t.field({ type: 'Decimal', description: 'Money to trade: more than 0, at most 999999999.99.' }),
      currency: t.field({
        type: 'CurrencyCode',
        description: "EUR, GBP or USD; the portfolio's base currency when left out.",
      }),
      orderType: t.field({ type, description: 'Type of the order.' }),
      limitPrice: t.field({ type: 'Decimal', description: 'Limit price of one unit, for LIMIT.' }),
      stopPrice: t.field({ type: 'Decimal', description: 'Stop price of one unit, for STOP.' }),
      expiresOn: t.field({
        type: 'Date',
        description: 'Last day on which it may be executed; must not be past (UTC).',
      }),
      accountId: t.id({
        description: "The broker's account to trade in; the only one of the portfolio when left out.",
      }),
      optimizationId: t.id({ description: 'Operators only: the recommendation it belongs to.' }),
      acknowledgeUnsuitable: t.boolean({
        description: 'The customer was told that the instrument may not suit them and wants it.',
      }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
}

function addPlaceOrder(parts: SchemaParts): void {
  const { builder } = parts;
  const input = placeOrderInput(parts);
  const placed = resultType(parts, 'PlaceOrder', success(parts, 'PlaceOrderSuccess', 'The order is taken on.'), [
    ...(['portfolioNotTradable', 'insufficientCash', 'insufficientPosition', 'instrumentNotTradable'] as const),
  ]);
  builder.mutationField('placeOrder', (t) =>
    t.field({
      type: placed,
      nullable: false,
      description:
        'Sends an order to the broker and records it in InvestSuite, once. Needs the permission orders:place; customers only for portfolios that they manage themselves.',
      args: { input: t.arg({ type: input, required: true, description: 'The order.' }) },
      resolve: (_root, args, context) => placeOrder(context, args.input),
    }),
  );
}

function addCancelOrder(parts: SchemaParts): void {
  const { builder } = parts;
  const input = builder.inputType('CancelOrderInput', {
    description: 'An order to be cancelled.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the order (ord_…).' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const cancelled = resultType(
    parts,
    'CancelOrder',
    success(parts, 'CancelOrderSuccess', 'The order is cancelled: nothing more will be traded.'),
    ['notCancellable'],
  );
  builder.mutationField('cancelOrder', (t) =>
    t.field({
      type: cancelled,
      nullable: false,
      description: 'Cancels an order that the broker has not begun to work on. Needs the permission orders:place.',
      args: { input: t.arg({ type: input, required: true, description: 'The order to cancel.' }) },
      resolve: (_root, args, context) => cancelOrder(context, args.input),
    }),
  );
}
