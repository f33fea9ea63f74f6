import { cashCurrency } from '../domain/portfolio.ts';
import type { Movement, Transaction } from '../domain/transaction.ts';
import { portfolioOf } from '../resolvers/portfolios.ts';
import { vouched } from './builder.ts';
import type { SchemaParts } from './parts.ts';

export function addMovement({ builder, enums }: Pick<SchemaParts, 'builder' | 'enums'>) {
  return builder.objectRef<Movement>('Movement').implement({
    description: 'One leg of a transaction: something comes into the portfolio or leaves it.',
    fields: (t) => ({
      externalId: t.exposeString('externalId', { description: "The integrator's own id of this movement." }),
      referenceExternalId: t.exposeString('referenceExternalId', {
        description:
          'externalId of the movement that this one belongs to: cash, fees and taxes name their security leg.',
      }),
      type: t.expose('type', { type: enums.MovementType, nullable: false, description: 'What the movement does.' }),
      status: t.expose('status', { type: enums.MovementStatus, nullable: false, description: 'How far it is.' }),
      datetime: t.expose('datetime', {
        type: 'DateTime',
        nullable: false,
        description: 'When it was registered; legs that belong together have the same.',
      }),
      instrumentId: t.exposeString('instrumentId', {
        nullable: false,
        description: '$CCY for cash, otherwise the instrument (ISIN).',
      }),
      quantity: t.expose('quantity', {
        type: 'Decimal',
        nullable: false,
        description: 'Units, or money for cash. As InvestSuite has it, sign included.',
      }),
      unitPrice: t.expose('unitPrice', {
        type: 'Decimal',
        description: 'Price of one unit; the whole amount where a fund is ordered by amount (quantity is then 1).',
      }),
      unitPriceCurrency: t.expose('unitPriceCurrency', { type: 'CurrencyCode', description: 'Currency of unitPrice.' }),
      tradeType: t.expose('tradeType', { type: enums.TradeType, description: 'Why it was booked again, if it was.' }),
      description: t.exposeString('description', { description: 'Free text, e.g. which fee or tax it is.' }),
      referenceInstrumentId: t.exposeString('referenceInstrumentId', {
        description: 'The instrument that this is about, e.g. the share that paid a dividend.',
      }),
      isCash: t.boolean({
        nullable: false,
        description: 'True where cash moves, false where an instrument does.',
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
      externalId: t.exposeString('externalId', { description: "The integrator's own id." }),
      portfolioId: t.exposeID('portfolioId', { nullable: false, description: 'The portfolio it belongs to.' }),
      portfolio: t.field({
        type: refs.portfolio,
        nullable: false,
        description: 'The portfolio it belongs to.',
        resolve: (transaction, _args, context) => portfolioOf(context, transaction.portfolioId),
      }),
      type: t.expose('type', { type: enums.TransactionType, nullable: false, description: 'What it is about.' }),
      status: t.expose('status', {
        type: enums.MovementStatus,
        nullable: false,
        description: 'Derived from the movements: the execution status where there is one, else the request status.',
      }),
      orderType: t.expose('orderType', { type: enums.OrderType, description: 'How an order is priced.' }),
      optimizationId: t.exposeID('optimizationId', {
        description: "The robo advisor's optimization that it carries out.",
      }),
      primaryMovement: t.expose('primaryMovement', {
        type: movement,
        description: 'The movement that triggers the others.',
      }),
      movements: t.expose('movements', {
        type: [movement],
        nullable: { list: false, items: false },
        description: 'All movements, in InvestSuite’s order.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first registered.' }),
      version: t.exposeInt('version', { description: 'Rises by one with each change.' }),
    }),
  });
  return refs.transaction;
}

const isTransaction = (value: unknown): value is Transaction =>
  typeof value === 'object' && value !== null && 'movements' in value;
