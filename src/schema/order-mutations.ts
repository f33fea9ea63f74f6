import {
  type HoldingsUpdated,
  placeOrder,
  recordTransaction,
  type TransactionMade,
  type TransactionMoved,
  updateHoldings,
  updateOrderStatus,
} from '../resolvers/orders.ts';
import type { Success } from '../resolvers/results.ts';
import { resultType } from './failures.ts';
import { KEY, REPLAYED } from './money-mutations.ts';
import type { SchemaParts } from './parts.ts';

const WARNINGS = 'Sentences for a person to check; empty where there is nothing to check.';

/** Mutations that write transactions and holdings to InvestSuite. */
export function addOrderMutations(parts: SchemaParts): void {
  addRecordTransaction(parts);
  addPlaceOrder(parts);
  addUpdateOrderStatus(parts);
  addUpdateHoldings(parts);
}

const transactionSuccess = ({ builder, refs }: SchemaParts, mutation: string, description: string) =>
  builder.objectRef<Success<TransactionMade>>(`${mutation}Success`).implement({
    description,
    fields: (t) => ({
      transaction: t.expose('transaction', {
        type: refs.transaction,
        nullable: false,
        description: 'The transaction as InvestSuite has it.',
      }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });

function addRecordTransaction(parts: SchemaParts): void {
  const { builder } = parts;
  const input = builder.inputType('RecordTransactionInput', {
    description: 'A transaction of any kind: order, cash, fee, tax, corporate action, transfer.',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'Id of the portfolio that the transaction belongs to.' }),
      externalId: t.string({
        description:
          "Your own id of the transaction, at most 64 characters, without ' and *. The gateway makes one where it is left out.",
      }),
      orderType: t.field({ type: parts.enums.OrderType, description: 'Type of the order.' }),
      optimizationId: t.id({ description: "Id of the robo advisor's optimization that the transaction carries out." }),
      movements: t.field({
        type: [movementInput(parts)],
        required: true,
        description:
          'The movements, 1 to 500. The gateway sets signs by type. Movements of one execution have the same datetime.',
      }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = transactionSuccess(parts, 'RecordTransaction', 'The transaction is recorded in InvestSuite.');
  const result = resultType(parts, 'RecordTransaction', success, []);
  builder.mutationField('recordTransaction', (t) =>
    t.field({
      type: result,
      nullable: false,
      description:
        'Records a transaction in InvestSuite. It does not change holdings: see updateHoldings. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The transaction.' }) },
      resolve: (_root, args, context) => recordTransaction(context, args.input),
    }),
  );
}

const movementInput = ({ builder, enums }: SchemaParts) =>
  builder.inputType('MovementInput', {
    description: 'A movement: one leg of a transaction.',
    fields: (t) => ({
      externalId: t.string({ description: 'Your own id of the movement, at most 64 characters.' }),
      referenceExternalId: t.string({
        description:
          'externalId of the security movement that this cash, fee or tax belongs to; where it is left out, that of the security movement with the same datetime.',
      }),
      type: t.field({ type: enums.MovementType, required: true, description: 'Type of the movement.' }),
      status: t.field({ type: enums.MovementStatus, required: true, description: 'Status of the movement.' }),
      datetime: t.field({
        type: 'DateTime',
        required: true,
        description: 'Time of the movement; not in the future.',
      }),
      instrumentId: t.string({ required: true, description: '$CCY for cash, otherwise the ISIN of the instrument.' }),
      quantity: t.field({
        type: 'Decimal',
        required: true,
        description:
          'Units, or money for cash; not 0. Either sign: the gateway makes it negative for what leaves the portfolio.',
      }),
      unitPrice: t.field({
        type: 'Decimal',
        description: 'Price of one unit; required for an instrument that is EXECUTED or SETTLED.',
      }),
      unitPriceCurrency: t.field({ type: 'CurrencyCode', description: 'Currency of unitPrice.' }),
      tradeType: t.field({
        type: enums.TradeType,
        description: 'Why the movement is booked again; where it is given, the gateway keeps your sign of quantity.',
      }),
      description: t.string({ description: 'Free text, e.g. the name of the fee or tax; at most 1,000 characters.' }),
      referenceInstrumentId: t.string({
        description: 'The instrument that the movement refers to, e.g. the share that paid the dividend.',
      }),
    }),
  });

function addPlaceOrder(parts: SchemaParts): void {
  const { builder, enums } = parts;
  const input = builder.inputType('PlaceOrderInput', {
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
  const success = transactionSuccess(parts, 'PlaceOrder', 'The order is recorded in InvestSuite as placed.');
  const result = resultType(parts, 'PlaceOrder', success, []);
  builder.mutationField('placeOrder', (t) =>
    t.field({
      type: result,
      nullable: false,
      description:
        'Records in InvestSuite an order that was placed elsewhere; sends nothing to the broker. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The order.' }) },
      resolve: (_root, args, context) => placeOrder(context, args.input),
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

function addUpdateHoldings(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const line = builder.inputType('HoldingInput', {
    description: 'A holding: cash or units of an instrument.',
    fields: (t) => ({
      instrumentId: t.string({ required: true, description: '$CCY for cash, otherwise the ISIN of the instrument.' }),
      quantity: t.field({
        type: 'Decimal',
        required: true,
        description: 'The new quantity: units, or money for cash.',
      }),
    }),
  });
  const input = builder.inputType('UpdateHoldingsInput', {
    description:
      'Holdings to set. With replaceAll the list is the whole portfolio, and a holding that is left out counts as sold. Otherwise the given holdings are set and all others are kept.',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'Id of the portfolio.' }),
      holdings: t.field({ type: [line], required: true, description: 'The holdings, 1 to 5,000, none twice.' }),
      replaceAll: t.boolean({ description: 'Whether the list is the whole portfolio; false when left out.' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<HoldingsUpdated>>('UpdateHoldingsSuccess').implement({
    description: 'The holdings are set.',
    fields: (t) => ({
      portfolio: t.expose('portfolio', {
        type: refs.portfolio,
        nullable: false,
        description: 'The portfolio in its current state.',
      }),
      warnings: t.exposeStringList('warnings', {
        nullable: false,
        description: `${WARNINGS} One warning for each holding that differs at the broker.`,
      }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'UpdateHoldings', success, []);
  builder.mutationField('updateHoldings', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: 'Sets the holdings of a portfolio in InvestSuite. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The holdings.' }) },
      resolve: (_root, args, context) => updateHoldings(context, args.input),
    }),
  );
}
