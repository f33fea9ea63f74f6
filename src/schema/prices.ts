import type { DailyPrice } from '../domain/prices.ts';
import { priceOf, pricesOf } from '../resolvers/prices.ts';
import type { SchemaParts } from './parts.ts';
import { shown } from './shown.ts';
import { dayArgs, daysComplexity } from './worth.ts';

/** A price costs a call for the venues, and one of each venue until one has a price. */
const CALLS_OF_A_PRICE = 2;

export function addPrices(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const price = addPrice(parts);
  const dailyPrice = addDailyPrice(parts);
  builder.objectFields(refs.instrument, (t) => ({
    price: t.field({
      type: price,
      description:
        'The newest price that the tenant may see: the last trade at the first venue that has a price, else the middle of bid and ask. Null where there is none.',
      complexity: CALLS_OF_A_PRICE,
      resolve: (instrument, _args, context) => priceOf(context, instrument),
    }),
    prices: t.field({
      type: [dailyPrice],
      nullable: { list: true, items: false },
      description:
        'Prices of each day at the first venue with prices, oldest first, adjusted for dividends and splits; at most 1,000 days.',
      args: dayArgs(t.arg),
      complexity: (args) => ({ ...daysComplexity(args), field: CALLS_OF_A_PRICE }),
      resolve: shown((instrument, args, context) => pricesOf(context, instrument, args)),
    }),
  }));
}

function addPrice({ builder, enums, refs }: SchemaParts) {
  return builder.objectType(refs.price, {
    description: 'Price of one unit of an instrument.',
    fields: (t) => ({
      amount: t.expose('amount', { type: 'Decimal', nullable: false, description: 'The price, exact.' }),
      currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Currency of amount.' }),
      at: t.expose('at', {
        type: 'DateTime',
        nullable: false,
        description: 'Time of the trade; of a middle of bid and ask the older of the two.',
      }),
      quality: t.expose('quality', {
        type: enums.PriceQuality,
        nullable: false,
        description: 'Quality of the price, as the broker reports it.',
      }),
    }),
  });
}

function addDailyPrice({ builder }: SchemaParts) {
  return builder.objectRef<DailyPrice>('DailyPrice').implement({
    description: 'Prices of an instrument on one day. Only close is set for a day without trades.',
    fields: (t) => ({
      on: t.expose('on', { type: 'Date', nullable: false, description: 'The day.' }),
      open: t.expose('open', { type: 'Decimal', description: 'First price of the day.' }),
      high: t.expose('high', { type: 'Decimal', description: 'Highest price of the day.' }),
      low: t.expose('low', { type: 'Decimal', description: 'Lowest price of the day.' }),
      close: t.expose('close', { type: 'Decimal', nullable: false, description: 'Last price of the day.' }),
      volume: t.expose('volume', { type: 'Decimal', description: 'Number of units traded.' }),
      currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Currency of the prices.' }),
    }),
  });
}
