import type { SchemaParts } from './parts.ts';

export function addExecution({ builder, enums, refs }: SchemaParts): void {
  builder.objectType(refs.execution, {
    description: 'An execution of an order at the broker: a fill.',
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: "Upvest's id of the execution." }),
      status: t.expose('status', {
        type: enums.ExecutionStatus,
        nullable: false,
        description: 'Status of the execution.',
      }),
      quantity: t.expose('quantity', { type: 'Decimal', nullable: false, description: 'Units that were traded.' }),
      price: t.expose('price', {
        type: 'Decimal',
        description: 'Price of one unit; null where the broker gives none.',
      }),
      cashAmount: t.expose('cashAmount', {
        type: 'Decimal',
        nullable: false,
        description: 'Money that was traded for the units.',
      }),
      currency: t.expose('currency', {
        type: 'CurrencyCode',
        nullable: false,
        description: 'Currency of price, cashAmount and taxes.',
      }),
      taxes: t.expose('taxes', {
        type: 'Decimal',
        nullable: false,
        description: 'Taxes of the execution; 0 where the broker reports none.',
      }),
      tradedAt: t.expose('tradedAt', { type: 'DateTime', description: 'Time of the trade.' }),
      settlesOn: t.expose('settlesOn', {
        type: 'Date',
        description: 'Day on which units and money change hands; null where the broker does not say.',
      }),
    }),
  });
}
