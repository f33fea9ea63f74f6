import type { ArgBuilder } from '@pothos/core';
import { type DayRange, daysOf } from '../domain/calendar-day.ts';
import type { DailyReturn, DailyValuation, Returns, Valuation, ValuationLine } from '../domain/valuation.ts';
import { instrumentOf } from '../resolvers/instruments.ts';
import { returnsOf, valuationOf, valuationsOf } from '../resolvers/worth.ts';
import type { SchemaTypes } from './builder.ts';
import { INSTRUMENT } from './instrument.ts';
import type { SchemaParts } from './parts.ts';
import { shown } from './shown.ts';

/** Ten days cost as much as one row of a list: they have few fields, and the broker sends them in one answer. */
const DAYS_OF_A_ROW = 10;
export const daysComplexity = (args: DayRange): { field: number; multiplier: number } => ({
  field: 1,
  multiplier: Math.max(1, Math.ceil(daysOf(args) / DAYS_OF_A_ROW)),
});

/** Worth and returns of a portfolio: figures of the broker, and sums of them. */
export function addWorth(parts: SchemaParts): void {
  const { builder, enums, refs } = parts;
  const valuation = addValuation(parts);
  builder.objectFields(refs.portfolio, (t) => ({
    valuation: t.field({
      type: valuation,
      description:
        'Current value of the portfolio by the broker: instruments and cash. Null while the portfolio is not linked, and where the tenant has no valuations.',
      args: {
        priceQuality: t.arg({
          type: enums.PriceQuality,
          defaultValue: 'END_OF_DAY',
          description:
            'END_OF_DAY, or HIGHEST_AVAILABLE for the best prices that the tenant may see; other values are refused.',
        }),
      },
      resolve: (portfolio, { priceQuality }, context) => valuationOf(context, portfolio, priceQuality ?? 'END_OF_DAY'),
    }),
  }));
  addDays(parts);
}

/** Arguments of a list by day. */
export const dayArgs = (arg: ArgBuilder<PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>>) => ({
  from: arg({ type: 'Date', required: true, description: 'The first day.' }),
  to: arg({ type: 'Date', required: true, description: 'The last day, inclusive.' }),
});

function addDays(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const dailyValuation = addDailyValuation(parts);
  const returns = addReturns(parts);
  builder.objectFields(refs.portfolio, (t) => ({
    valuations: t.field({
      type: [dailyValuation],
      nullable: { list: true, items: false },
      description:
        "Value of the instruments at the end of each day by the broker, oldest first; at most 3,700 days. A day that the broker has not valued is missing, and so is one that lacks an account's value.",
      args: dayArgs(t.arg),
      complexity: daysComplexity,
      resolve: shown((portfolio, args, context) => valuationsOf(context, portfolio, args)),
    }),
    returns: t.field({
      type: returns,
      description:
        'Time-weighted returns as the broker computes them; at most 3,700 days. Null where the portfolio has several accounts, since returns cannot be added up.',
      args: dayArgs(t.arg),
      complexity: daysComplexity,
      resolve: shown((portfolio, args, context) => returnsOf(context, portfolio, args)),
    }),
  }));
}

function addValuation(parts: SchemaParts) {
  const { builder, enums } = parts;
  const valuation = addSums(parts);
  builder.objectFields(valuation, (t) => ({
    at: t.expose('at', {
      type: 'DateTime',
      nullable: false,
      description: 'Time of the valuation; of several accounts the oldest.',
    }),
    priceQuality: t.expose('priceQuality', {
      type: enums.PriceQuality,
      nullable: false,
      description: 'Quality of the prices, as the broker reports it; of several accounts the worst.',
    }),
    unpriced: t.exposeInt('unpriced', { nullable: false, description: 'Number of lines without a value.' }),
    lines: t.expose('lines', {
      type: [addLine(parts)],
      nullable: { list: false, items: false },
      description: 'The positions, account by account.',
    }),
  }));
  return valuation;
}

function addSums({ builder }: SchemaParts) {
  return builder.objectRef<Valuation>('Valuation').implement({
    description:
      "The worth of a portfolio: the sum of the broker's valuations of its accounts, and its cash. total = securities + cash where all is in one currency, else null. A line without a price has value null, counts as nothing in the sums and is counted in unpriced.",
    fields: (t) => ({
      currency: t.expose('currency', {
        type: 'CurrencyCode',
        nullable: false,
        description: 'Currency of total and securities.',
      }),
      total: t.expose('total', {
        type: 'Decimal',
        description: 'securities + cash, exact; null where cash, securities or lines are in several currencies.',
      }),
      securities: t.expose('securities', {
        type: 'Decimal',
        nullable: false,
        description: 'Value of the instruments that have a price.',
      }),
      cash: t.expose('cash', {
        type: 'Decimal',
        nullable: false,
        description: "The broker's balance in the base currency of the portfolio; may be negative.",
      }),
      cashCurrency: t.expose('cashCurrency', {
        type: 'CurrencyCode',
        nullable: false,
        description: 'Currency of cash: the base currency of the portfolio.',
      }),
    }),
  });
}

function addLine({ builder, enums, refs }: SchemaParts) {
  return builder.objectRef<ValuationLine>('ValuationLine').implement({
    description: 'A position and its value.',
    fields: (t) => ({
      accountId: t.exposeID('accountId', {
        nullable: false,
        description: "Upvest's id of the account that holds the position.",
      }),
      isin: t.exposeString('isin', { description: 'ISIN of the instrument; null where the broker names none.' }),
      instrument: t.field({
        type: refs.instrument,
        description: INSTRUMENT,
        resolve: (line, _args, context) => instrumentOf(context, line.isin),
      }),
      quantity: t.expose('quantity', { type: 'Decimal', nullable: false, description: 'Number of units held.' }),
      value: t.expose('value', { type: 'Decimal', description: 'Value of the position; null where it has no price.' }),
      currency: t.expose('currency', { type: 'CurrencyCode', description: 'Currency of value.' }),
      pricedAt: t.expose('pricedAt', { type: 'DateTime', description: 'Time of the price.' }),
      priceQuality: t.expose('priceQuality', {
        type: enums.PriceQuality,
        nullable: false,
        description: 'Quality of the price, as the broker reports it; UNKNOWN where there is none.',
      }),
      weight: t.expose('weight', {
        type: 'Decimal',
        description:
          'Share of securities as the broker computes it, a fraction (0.25 = 25 %). Null without a price, and where several accounts hold positions: the broker knows the share of an account only.',
      }),
    }),
  });
}

function addDailyValuation({ builder }: SchemaParts) {
  return builder.objectRef<DailyValuation>('DailyValuation').implement({
    description: 'The worth of the instruments of a portfolio at the end of a day, without cash.',
    fields: (t) => ({
      on: t.expose('on', { type: 'Date', nullable: false, description: 'The day.' }),
      securities: t.expose('securities', {
        type: 'Decimal',
        nullable: false,
        description: 'Value of the instruments that had a price.',
      }),
      currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Currency of securities.' }),
      unpriced: t.exposeInt('unpriced', { nullable: false, description: 'Number of positions without a price.' }),
    }),
  });
}

function addReturns({ builder }: SchemaParts) {
  const daily = builder.objectRef<DailyReturn>('DailyReturn').implement({
    description: 'Time-weighted return of a day. Fractions: 0.0132 = 1.32 %.',
    fields: (t) => ({
      on: t.expose('on', { type: 'Date', nullable: false, description: 'The day.' }),
      daily: t.expose('daily', { type: 'Decimal', description: 'Return of the day.' }),
      cumulative: t.expose('cumulative', {
        type: 'Decimal',
        description: 'Return from the day on which the broker began to count (since) to this day.',
      }),
      since: t.expose('since', { type: 'Date', description: 'Day on which the broker began to count.' }),
    }),
  });
  return builder.objectRef<Returns>('Returns').implement({
    description: 'Time-weighted returns, without the effect of deposits and withdrawals. Fractions: 0.0132 = 1.32 %.',
    fields: (t) => ({
      cumulative: t.expose('cumulative', {
        type: 'Decimal',
        description:
          'Cumulative return of the last of the days that has one, counted from since, which may be before the first of the days.',
      }),
      since: t.expose('since', { type: 'Date', description: 'Day from which cumulative is counted.' }),
      days: t.expose('days', {
        type: [daily],
        nullable: { list: false, items: false },
        description: 'The days, oldest first.',
      }),
    }),
  });
}
