import { cashCurrency } from '../domain/portfolio.ts';
import type { Movement, Transaction } from '../domain/transaction.ts';
import { cashChange } from '../domain/transaction-derivation.ts';
import { instrumentOf } from '../resolvers/instruments.ts';
import { portfolioOf } from '../resolvers/portfolios.ts';
import type { Success } from '../resolvers/results.ts';
import { recordTransaction, type TransactionMade } from '../resolvers/transactions.ts';
import { vouched } from './builder.ts';
import { resultType } from './failures.ts';
import { INSTRUMENT } from './instrument.ts';
import { KEY, REPLAYED } from './mutations.ts';
import type { SchemaParts } from './parts.ts';

export function addMovement({ builder, enums, refs }: Pick<SchemaParts, 'builder' | 'enums' | 'refs'>) {
  return builder.objectRef<Movement>('Movement').implement({
    description: 'A movement: one leg of a transaction, which adds to the portfolio or takes from it.',
    fields: (t) => ({
      externalId: t.exposeString('externalId', { description: 'Id that the integrator gave the movement.' }),
      referenceExternalId: t.exposeString('referenceExternalId', {
        description:
          'externalId of the movement that this one belongs to: cash, fees and taxes refer to their security movement.',
      }),
      type: t.expose('type', { type: enums.MovementType, nullable: false, description: 'Type of the movement.' }),
      status: t.expose('status', {
        type: enums.MovementStatus,
        nullable: false,
        description: 'Status of the movement.',
      }),
      datetime: t.expose('datetime', {
        type: 'DateTime',
        nullable: false,
        description: 'Time of the movement; movements of one execution have the same time.',
      }),
      instrumentId: t.exposeString('instrumentId', {
        nullable: false,
        description: '$CCY for cash, otherwise the ISIN of the instrument.',
      }),
      instrument: t.field({
        type: refs.instrument,
        description: `${INSTRUMENT} Null for cash.`,
        resolve: (movement, _args, context) => instrumentOf(context, movement.instrumentId),
      }),
      quantity: t.expose('quantity', {
        type: 'Decimal',
        nullable: false,
        description: 'Quantity: units, or money for cash. Sign as InvestSuite has it.',
      }),
      unitPrice: t.expose('unitPrice', {
        type: 'Decimal',
        description: 'Price of one unit; the whole amount where a fund is ordered by amount (quantity is then 1).',
      }),
      unitPriceCurrency: t.expose('unitPriceCurrency', { type: 'CurrencyCode', description: 'Currency of unitPrice.' }),
      tradeType: t.expose('tradeType', {
        type: enums.TradeType,
        description: 'Why the movement was booked again; null where it was not.',
      }),
      description: t.exposeString('description', { description: 'Free text, e.g. the name of the fee or tax.' }),
      referenceInstrumentId: t.exposeString('referenceInstrumentId', {
        description: 'The instrument that the movement refers to, e.g. the share that paid the dividend.',
      }),
      isCash: t.boolean({
        nullable: false,
        description: 'True where cash moves, false where an instrument moves.',
        resolve: (movement) => cashCurrency(movement.instrumentId) !== undefined,
      }),
    }),
  });
}

export function addTransaction({ builder, enums, refs, node }: SchemaParts) {
  const movement = addMovement({ builder, enums, refs });
  builder.objectType(refs.transaction, {
    description:
      'An order, a cash transfer, a corporate action, a transfer or a fee: one or more movements of a portfolio.',
    interfaces: [node],
    isTypeOf: (value) => isTransaction(value),
    authScopes: vouched,
    fields: (t) => ({
      externalId: t.exposeString('externalId', { description: 'Id that the integrator gave the transaction.' }),
      portfolioId: t.exposeID('portfolioId', {
        nullable: false,
        description: 'Id of the portfolio that the transaction belongs to.',
      }),
      portfolio: t.field({
        type: refs.portfolio,
        nullable: false,
        description: 'The portfolio that the transaction belongs to.',
        resolve: (transaction, _args, context) => portfolioOf(context, transaction.portfolioId),
      }),
      type: t.expose('type', { type: enums.TransactionType, nullable: false, description: 'Type of the transaction.' }),
      status: t.expose('status', {
        type: enums.MovementStatus,
        nullable: false,
        description: 'Derived from the movements: the execution status where there is one, else the request status.',
      }),
      orderType: t.expose('orderType', {
        type: enums.OrderType,
        description: 'Type of the order; null where none is recorded.',
      }),
      optimizationId: t.exposeID('optimizationId', {
        description: "Id of the robo advisor's optimization that the transaction carries out.",
      }),
      primaryMovement: t.expose('primaryMovement', {
        type: movement,
        description: "The movement that the transaction's date comes from; fees, taxes and cash legs follow from it.",
      }),
      movements: t.expose('movements', {
        type: [movement],
        nullable: { list: false, items: false },
        description: "All movements, in InvestSuite's order.",
      }),
      cashChange: t.field({
        type: 'Decimal',
        description:
          "Signed change of the cash: the sum of the transaction's cash movements in its status, executed and settled ones together. Null where they are of several currencies.",
        resolve: (transaction) => cashChange(transaction),
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        description: 'Time at which InvestSuite first recorded the transaction.',
      }),
      version: t.exposeInt('version', {
        description: 'Version number; InvestSuite increases it by one with each change.',
      }),
    }),
  });
  return refs.transaction;
}

const isTransaction = (value: unknown): value is Transaction =>
  typeof value === 'object' && value !== null && 'movements' in value;

export const transactionSuccess = ({ builder, refs }: SchemaParts, mutation: string, description: string) =>
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

export function addRecordTransaction(parts: SchemaParts): void {
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
