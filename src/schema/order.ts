import { recordOrder, updateOrderStatus } from '../resolvers/orders.ts';
import type { Success } from '../resolvers/results.ts';
import type { TransactionMoved } from '../resolvers/transactions.ts';
import { resultType } from './failures.ts';
import { KEY, REPLAYED, WARNINGS } from './mutations.ts';
import type { SchemaParts } from './parts.ts';
import { transactionSuccess } from './transaction.ts';

export function addOrders(parts: SchemaParts): void {
  addRecordOrder(parts);
  addUpdateOrderStatus(parts);
}

function addRecordOrder(parts: SchemaParts): void {
  const { builder, enums } = parts;
  const input = builder.inputType('RecordOrderInput', {
    description:
      'An order that was placed elsewhere. Give exactly one of quantity (units) and amount (money, for funds).',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'Id of the portfolio of the order.' }),
      side: t.field({ type: enums.OrderSide, required: true, description: 'Whether the order buys or sells.' }),
      instrumentId: t.string({ required: true, description: 'ISIN of the instrument.' }),
      quantity: t.field({ type: 'Decimal', description: 'Units to buy or sell, more than 0.' }),
      amount: t.field({ type: 'Decimal', description: 'Money to spend or to receive, more than 0.' }),
      currency: t.field({
        type: 'CurrencyCode',
        description: "Currency of amount and limitPrice; the portfolio's base currency when left out.",
      }),
      orderType: t.field({
        type: enums.OrderType,
        description: 'Type of the order. LIMIT needs limitPrice; limitPrice implies LIMIT.',
      }),
      limitPrice: t.field({
        type: 'Decimal',
        description: 'Limit price of one unit, more than 0; only with quantity.',
      }),
      optimizationId: t.id({ description: "Id of the robo advisor's optimization that the order carries out." }),
      externalId: t.string({
        description:
          "Your own id of the order, at most 64 characters, without ' and *. Give the broker's order id, or the reference that you gave the broker, and the gateway updates the order from the broker's events.",
      }),
      placedAt: t.field({ type: 'DateTime', description: 'Time at which the order was placed; now when left out.' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = transactionSuccess(parts, 'RecordOrder', 'The order is recorded in InvestSuite as placed.');
  const result = resultType(parts, 'RecordOrder', success, []);
  builder.mutationField('recordOrder', (t) =>
    t.field({
      type: result,
      nullable: false,
      description:
        'Records in InvestSuite an order that was placed elsewhere; sends nothing to the broker. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The order.' }) },
      resolve: (_root, args, context) => recordOrder(context, args.input),
    }),
  );
}

function addUpdateOrderStatus(parts: SchemaParts): void {
  const { builder, enums, refs } = parts;
  const charge = builder.inputType('OrderChargeInput', {
    description: 'A fee or a tax on an order.',
    fields: (t) => ({
      type: t.field({ type: enums.MovementType, required: true, description: 'Type of the fee or tax.' }),
      amount: t.field({
        type: 'Decimal',
        required: true,
        description: 'Amount, more than 0; booked as a negative cash movement.',
      }),
      description: t.string({ description: 'Free text, e.g. STAMP_DUTY; at most 1,000 characters.' }),
    }),
  });
  const input = builder.inputType('UpdateOrderStatusInput', {
    description:
      'The new status of an order. PENDING and PLACED replace the request movement; EXECUTED, SETTLED, CANCELLED, NOT_EXECUTED and EXPIRED keep it and replace the execution movements. quantity and unitPrice are required for EXECUTED, and for SETTLED unless an EXECUTED movement provides them.',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'Id of the portfolio of the order.' }),
      transactionId: t.id({ required: true, description: 'Id of the transaction of the order.' }),
      status: t.field({ type: enums.MovementStatus, required: true, description: 'The new status.' }),
      datetime: t.field({ type: 'DateTime', description: 'Time of the change; now when left out.' }),
      quantity: t.field({ type: 'Decimal', description: 'Units executed, more than 0.' }),
      unitPrice: t.field({ type: 'Decimal', description: 'Price of one unit, more than 0.' }),
      cashAmount: t.field({
        type: 'Decimal',
        description: 'Money that moved, more than 0; exactly quantity × unitPrice when left out.',
      }),
      currency: t.field({
        type: 'CurrencyCode',
        description: "Currency of the cash; when left out, the order's currency, else the portfolio's base currency.",
      }),
      charges: t.field({
        type: [charge],
        description: 'Fees and taxes. When left out, SETTLED keeps those of EXECUTED; an empty list means none.',
      }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<TransactionMoved>>('UpdateOrderStatusSuccess').implement({
    description: 'The order has the requested status.',
    fields: (t) => ({
      transaction: t.expose('transaction', {
        type: refs.transaction,
        nullable: false,
        description: 'The transaction as InvestSuite has it.',
      }),
      warnings: t.exposeStringList('warnings', { nullable: false, description: WARNINGS }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'UpdateOrderStatus', success, ['illegalStatusChange']);
  builder.mutationField('updateOrderStatus', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: 'Changes the status of an order and keeps its other movements. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The change.' }) },
      resolve: (_root, args, context) => updateOrderStatus(context, args.input),
    }),
  );
}
