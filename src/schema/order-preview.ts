import type { Failure } from '../domain/failures.ts';
import { type OrderPreview, orderPreview } from '../resolvers/ordering.ts';
import { codeOf } from '../resolvers/results.ts';
import type { SchemaParts, TypeRef } from './parts.ts';

/** Estimated cost or proceeds of an order, without placing it. */
export function addOrderPreview(parts: SchemaParts): void {
  const { builder } = parts;
  const preview = addPreview(parts);
  const input = previewInput(parts);
  builder.queryFields((t) => ({
    orderPreview: t.field({
      type: preview,
      nullable: false,
      description: 'Runs the checks of placeOrder and sends nothing.',
      args: { input: t.arg({ type: input, required: true, description: 'The order.' }) },
      // Up to five calls of the upstreams.
      complexity: 5,
      resolve: (_root, args, context) => orderPreview(context, args.input),
    }),
  }));
}

function addPreview({ builder, refs }: SchemaParts): TypeRef<OrderPreview> {
  const problem = builder.objectRef<Failure>('OrderProblem').implement({
    description: 'A reason for which placeOrder would refuse an order.',
    fields: (t) => ({
      code: t.string({
        nullable: false,
        description: 'Code of the error that placeOrder would return.',
        resolve: codeOf,
      }),
      message: t.exposeString('message', { nullable: false, description: 'Message for people.' }),
      field: t.string({
        description: 'The input field that is not valid; null for other problems.',
        resolve: (failure) => (failure.kind === 'invalid' ? failure.field : null),
      }),
    }),
  });
  return builder.objectRef<OrderPreview>('OrderPreview').implement({
    description: 'Cost or proceeds of an order now. Estimates only: the broker trades at the price of the market.',
    fields: (t) => ({
      estimatedPrice: t.expose('price', {
        type: refs.price,
        description: 'Newest price of the instrument; null where there is none.',
      }),
      estimatedQuantity: t.expose('quantity', {
        type: 'Decimal',
        description: 'Units that would be traded, by the limit or the newest price; null where there is none.',
      }),
      estimatedAmount: t.expose('amount', {
        type: 'Decimal',
        description: 'Money that would be traded, without fee and taxes; null where there is no price.',
      }),
      currency: t.expose('currency', {
        type: 'CurrencyCode',
        nullable: false,
        description: 'Currency of the amounts; EUR where there is no such portfolio.',
      }),
      availableCash: t.expose('availableCash', {
        type: 'Decimal',
        description:
          'Cash that the order could use; null for SELL, and where the cost is not known or an earlier check failed.',
      }),
      availableQuantity: t.expose('availableQuantity', {
        type: 'Decimal',
        description: 'Units that could be sold; null for BUY, and where an earlier check failed.',
      }),
      problems: t.expose('problems', {
        type: [problem],
        nullable: { list: false, items: false },
        description:
          'Why placeOrder would refuse it now, in the order of its checks; empty where it would take it. An input that is not valid in itself is the only one.',
      }),
    }),
  });
}

function previewInput({ builder, enums }: SchemaParts) {
  return builder.inputType('OrderPreviewInput', {
    description: 'An order, as for placeOrder.',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'Id of the portfolio that it trades for.' }),
      side: t.field({ type: enums.OrderSide, required: true, description: 'Whether it buys or sells.' }),
      isin: t.string({ required: true, description: 'ISIN of the instrument.' }),
      quantity: t.field({ type: 'Decimal', description: 'Units to trade.' }),
      amount: t.field({ type: 'Decimal', description: 'Money to trade.' }),
      currency: t.field({
        type: 'CurrencyCode',
        description: "EUR, GBP or USD; the portfolio's base currency when left out.",
      }),
      orderType: t.field({ type: enums.OrderType, description: 'Type of the order; MARKET when left out.' }),
      limitPrice: t.field({ type: 'Decimal', description: 'Limit price of one unit, for LIMIT.' }),
      stopPrice: t.field({ type: 'Decimal', description: 'Stop price of one unit, for STOP.' }),
      expiresOn: t.field({ type: 'Date', description: 'Last day on which it may be executed.' }),
      accountId: t.id({ description: "The broker's account to trade in." }),
    }),
  });
}
