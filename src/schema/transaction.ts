import { cashCurrency } from '../domain/portfolio.ts';
import type { Movement, Transaction } from '../domain/transaction.ts';
import { portfolioOf } from '../resolvers/portfolios.ts';
import { vouched } from './builder.ts';
import type { SchemaParts } from './parts.ts';

export function addMovement({ builder, enums }: Pick<SchemaParts, 'builder' | 'enums'>) {
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
  const movement = addMovement({ builder, enums });
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
