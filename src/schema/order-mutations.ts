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

const WARNINGS = 'What somebody should look at, in words; empty when all is well.';

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
    description: 'Any kind of transaction: order, cash, fee, tax, corporate action, transfer.',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'The portfolio it belongs to.' }),
      externalId: t.string({
        description: "Your own id, at most 64 characters, without ' and *. Ours is sent where you give none.",
      }),
      orderType: t.field({ type: parts.enums.OrderType, description: 'How an order is priced.' }),
      optimizationId: t.id({ description: "The robo advisor's optimization that it carries out." }),
      movements: t.field({
        type: [movementInput(parts)],
        required: true,
        description:
          'All its legs, 1 to 500. Signs are put right by type; legs of one execution have the same datetime.',
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
      description: 'Records a transaction in InvestSuite. It changes no holdings: see updateHoldings. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'What happened.' }) },
      resolve: (_root, args, context) => recordTransaction(context, args.input),
    }),
  );
}

const movementInput = ({ builder, enums }: SchemaParts) =>
  builder.inputType('MovementInput', {
    description: 'One leg of a transaction.',
    fields: (t) => ({
      externalId: t.string({ description: 'Your own id of this movement, at most 64 characters.' }),
      referenceExternalId: t.string({
        description:
          'externalId of the security leg that this cash, fee or tax belongs to; taken from the leg of the same time where you leave it out.',
      }),
      type: t.field({ type: enums.MovementType, required: true, description: 'What the movement does.' }),
      status: t.field({ type: enums.MovementStatus, required: true, description: 'How far it is.' }),
      datetime: t.field({
        type: 'DateTime',
        required: true,
        description: 'When it was registered; not in the future.',
      }),
      instrumentId: t.string({ required: true, description: '$CCY for cash, otherwise the ISIN.' }),
      quantity: t.field({
        type: 'Decimal',
        required: true,
        description: 'Units, or money for cash; not 0. Either sign: what leaves the portfolio is written negative.',
      }),
      unitPrice: t.field({
        type: 'Decimal',
        description: 'Price of one unit; needed where an instrument was EXECUTED or SETTLED.',
      }),
      unitPriceCurrency: t.field({ type: 'CurrencyCode', description: 'Currency of unitPrice.' }),
      tradeType: t.field({
        type: enums.TradeType,
        description: 'Why it is booked again, if it is: then the sign is yours.',
      }),
      description: t.string({ description: 'Free text, e.g. which fee or tax it is; at most 1,000 characters.' }),
      referenceInstrumentId: t.string({
        description: 'The instrument that this is about, e.g. the share that paid a dividend.',
      }),
    }),
  });

function addPlaceOrder(parts: SchemaParts): void {
  const { builder, enums } = parts;
  const input = builder.inputType('PlaceOrderInput', {
    description: 'An order that was placed. Exactly one of quantity (units) and amount (money, for funds).',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'The portfolio it is for.' }),
      side: t.field({ type: enums.OrderSide, required: true, description: 'Whether it buys or sells.' }),
      instrumentId: t.string({ required: true, description: 'ISIN of the instrument.' }),
      quantity: t.field({ type: 'Decimal', description: 'Units, more than 0.' }),
      amount: t.field({ type: 'Decimal', description: 'Money, more than 0.' }),
      currency: t.field({
        type: 'CurrencyCode',
        description: "Of amount and limitPrice; the portfolio's base currency when left out.",
      }),
      orderType: t.field({
        type: enums.OrderType,
        description: 'LIMIT needs a limitPrice; a limitPrice makes it LIMIT.',
      }),
      limitPrice: t.field({ type: 'Decimal', description: 'Of one unit, more than 0; only with quantity.' }),
      optimizationId: t.id({ description: "The robo advisor's optimization that it carries out." }),
      externalId: t.string({
        description:
          "Your own id, at most 64 characters, without ' and *. With the broker's order id, or the reference that you gave the broker, the order follows the broker by itself.",
      }),
      placedAt: t.field({ type: 'DateTime', description: 'When it was placed; now when left out.' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = transactionSuccess(parts, 'PlaceOrder', 'The order is recorded in InvestSuite as placed.');
  const result = resultType(parts, 'PlaceOrder', success, []);
  builder.mutationField('placeOrder', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: 'Records in InvestSuite that an order was placed. Sends nothing to the broker. Operators only.',
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
      type: t.field({ type: enums.MovementType, required: true, description: 'Which fee or tax.' }),
      amount: t.field({ type: 'Decimal', required: true, description: 'More than 0; booked as negative cash.' }),
      description: t.string({ description: 'Free text, e.g. STAMP_DUTY; at most 1,000 characters.' }),
    }),
  });
  const input = builder.inputType('UpdateOrderStatusInput', {
    description:
      'Moves an order on: PENDING and PLACED replace the request movement; EXECUTED, SETTLED, CANCELLED, NOT_EXECUTED and ' +
      'EXPIRED keep it and replace the execution movements. quantity and unitPrice are needed for EXECUTED, and for SETTLED ' +
      'unless an EXECUTED one is there to take them from.',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'The portfolio of the order.' }),
      transactionId: t.id({ required: true, description: 'The transaction of the order.' }),
      status: t.field({ type: enums.MovementStatus, required: true, description: 'The new status.' }),
      datetime: t.field({ type: 'DateTime', description: 'When it came about; now when left out.' }),
      quantity: t.field({ type: 'Decimal', description: 'Units, more than 0.' }),
      unitPrice: t.field({ type: 'Decimal', description: 'Price of one unit, more than 0.' }),
      cashAmount: t.field({
        type: 'Decimal',
        description: 'The money that moved, more than 0; quantity × unitPrice exactly when left out.',
      }),
      currency: t.field({
        type: 'CurrencyCode',
        description: "Of the cash; the order's, else the portfolio's base currency when left out.",
      }),
      charges: t.field({
        type: [charge],
        description: 'Fees and taxes. Left out, SETTLED keeps those of EXECUTED; an empty list means none.',
      }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<TransactionMoved>>('UpdateOrderStatusSuccess').implement({
    description: 'The order is in the status that was asked for.',
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
      description: 'Moves an order on without losing a movement. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'What became of it.' }) },
      resolve: (_root, args, context) => updateOrderStatus(context, args.input),
    }),
  );
}

function addUpdateHoldings(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const line = builder.inputType('HoldingInput', {
    description: 'One line of a portfolio.',
    fields: (t) => ({
      instrumentId: t.string({ required: true, description: '$CCY for cash, otherwise the ISIN.' }),
      quantity: t.field({
        type: 'Decimal',
        required: true,
        description: 'Units, or money for cash: what is there now.',
      }),
    }),
  });
  const input = builder.inputType('UpdateHoldingsInput', {
    description:
      'replaceAll: the list is the whole portfolio (what is left out counts as sold). Otherwise the lines given are set ' +
      'and the rest is kept.',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'Whose holdings.' }),
      holdings: t.field({ type: [line], required: true, description: 'The lines, 1 to 5,000, none twice.' }),
      replaceAll: t.boolean({ description: 'Whether the lines are the whole portfolio; false when left out.' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<HoldingsUpdated>>('UpdateHoldingsSuccess').implement({
    description: 'The holdings are as told.',
    fields: (t) => ({
      portfolio: t.expose('portfolio', {
        type: refs.portfolio,
        nullable: false,
        description: 'The portfolio as it is now.',
      }),
      warnings: t.exposeStringList('warnings', {
        nullable: false,
        description: `${WARNINGS} One for each line that the broker has otherwise.`,
      }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'UpdateHoldings', success, []);
  builder.mutationField('updateHoldings', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: 'Sets what a portfolio holds in InvestSuite without losing a line. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'What it holds.' }) },
      resolve: (_root, args, context) => updateHoldings(context, args.input),
    }),
  );
}
