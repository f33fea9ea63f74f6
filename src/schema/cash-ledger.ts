import type { LedgerLine } from '../domain/cash-ledger.ts';
import { cashTransactionsOf } from '../resolvers/cash-ledger.ts';
import { instrumentOf } from '../resolvers/instruments.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import { INSTRUMENT } from './instrument.ts';
import type { SchemaParts } from './parts.ts';
import { shown } from './shown.ts';

/** The broker's cash ledger. */
export function addCashLedger(parts: SchemaParts): void {
  const { builder, refs, pageInfo } = parts;
  addCashTransaction(parts);
  const page = connectionType(builder, {
    name: 'CashTransaction',
    what: "the broker's cash ledger",
    node: refs.cashTransaction,
    pageInfo,
  });
  builder.objectFields(refs.portfolio, (t) => ({
    cashTransactions: t.field({
      type: page,
      description:
        "Every line of the broker's cash ledger, newest first: what was paid in and out, charged, taxed and distributed. Null while the portfolio is not linked.",
      args: {
        ...pageArgs(t.arg),
        from: t.arg({ type: 'Date', description: 'Lines booked on this day or later.' }),
        to: t.arg({ type: 'Date', description: 'Lines booked on this day or earlier.' }),
      },
      complexity: listComplexity,
      resolve: shown((portfolio, args, context) => cashTransactionsOf(context, portfolio, args)),
    }),
  }));
}

function addCashTransaction({ builder, refs }: SchemaParts): void {
  const reference = builder.objectRef<LedgerLine['references'][number]>('LedgerReference').implement({
    description: 'The cause of a line of the ledger, such as an order, an execution or a withdrawal.',
    fields: (t) => ({
      type: t.exposeString('type', { nullable: false, description: "Type of the object, in Upvest's words." }),
      id: t.exposeID('id', { nullable: false, description: "Upvest's id of the object." }),
    }),
  });
  builder.objectType(refs.cashTransaction, {
    description: "A line of the broker's cash ledger.",
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: "Upvest's id of the line." }),
      type: t.exposeString('type', {
        nullable: false,
        description: "Type of the line in Upvest's words: ORDER_EXECUTION, CASH_DIVIDEND, WITHDRAWAL and so on.",
      }),
      amount: t.expose('amount', {
        type: 'Decimal',
        nullable: false,
        description: 'Change of the balance; negative for money that left it.',
      }),
      currency: t.expose('currency', {
        type: 'CurrencyCode',
        nullable: false,
        description: 'Currency of amount and taxes.',
      }),
      taxes: t.expose('taxes', {
        type: 'Decimal',
        nullable: false,
        description: 'Taxes of the line as the broker reports them; 0 where it reports none.',
      }),
      instrument: t.field({
        type: refs.instrument,
        description: `What the line is about, such as the share that paid a dividend. ${INSTRUMENT}`,
        resolve: (line, _args, context) => instrumentOf(context, line.isin),
      }),
      references: t.expose('references', {
        type: [reference],
        nullable: { list: false, items: false },
        description: 'Objects that caused the line.',
      }),
    }),
  });
  builder.objectFields(refs.cashTransaction, (t) => ({
    bookedOn: t.expose('bookedOn', { type: 'Date', description: 'Day of the booking.' }),
    valuedOn: t.expose('valuedOn', { type: 'Date', description: 'Day from which the money counts.' }),
  }));
}
