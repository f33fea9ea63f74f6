import { z } from 'zod';
import { type CalendarDay, type DayRange, daysLater, isWithin } from '../../domain/calendar-day.ts';
import { isPositive } from '../../domain/decimal.ts';
import { type DailyPrice, middleOf, type Price, type Quote } from '../../domain/prices.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import { currency, day, listOf, optionalText, optionalTime, text } from '../upstream/fields.ts';
import { joinRows, type Rows } from '../upstream/rows.ts';
import type { ReadOptions } from '../upstream/shared-resource.ts';
import { at, decimal, optionalDecimal } from './fields.ts';
import { priceQuality } from './price-qualities.ts';
import type { Read, UpvestReads } from './reads.ts';

/**
 * Prices of instruments, of the first venue with prices, in Upvest's order. A tenant without the scope, and an instrument that
 * no venue trades, have none.
 */
export type Venues = Read<string, readonly string[] | null>;

interface AtVenue {
  readonly isin: string;
  readonly venue: string;
}

/** A venue that can't be read is left out; where none can be, nothing is known. */
const venuesWire = z
  .object({ data: listOf(z.object({ id: text }).nullable().catch(null)) })
  .transform(({ data }, context): readonly string[] => {
    const ids = data.flatMap((venue) => venue?.id ?? []);
    if (ids.length > 0 || data.length === 0) return ids;
    context.addIssue({ code: 'custom', path: ['data'], message: 'no venue with an id' });
    return z.NEVER;
  });

/** Upvest names the venues in one answer, without pages. */
export const venuesOf = (reads: UpvestReads): Venues =>
  reads.one({
    operation: 'upvest.venues.list',
    capability: 'prices',
    path: (isin: string) => at`/instruments/isin:${isin}/venues`,
    schema: venuesWire,
  });

/** A quote without a price or a time is none, and nobody trades at 0. */
const quote = z
  .object({ price: optionalDecimal, time: optionalTime })
  .nullish()
  .transform((given): Quote | undefined => {
    if (given?.price == null || given.time === null || !isPositive(given.price)) return undefined;
    return { price: given.price, at: given.time };
  });
const quotes = listOf(quote).transform((given) => given.filter((each) => each !== undefined));

const latestWire = z
  .object({ price_quality: priceQuality, currency: optionalText, bids: quotes, asks: quotes, last_trade: quote })
  .transform((row, context): Price | null => {
    const best = row.last_trade ?? middleOf(row.bids, row.asks);
    if (best === undefined) return null;
    const of = currency.safeParse(row.currency);
    if (of.success) return { amount: best.price, at: best.at, currency: of.data, quality: row.price_quality };
    context.addIssue({ code: 'custom', path: ['currency'], message: 'not a currency' });
    return z.NEVER;
  });

/** The newest price: the last trade, else the middle of bid and ask. Null where there is none. */
export function newestPrice(reads: UpvestReads, venues: Venues): Read<string, Price | null> {
  const latest = reads.one({
    operation: 'upvest.prices.latest',
    capability: 'prices',
    path: ({ isin, venue }: AtVenue) =>
      at`/instruments/isin:${isin}/venues/${venue}/prices/latest?price_quality=HIGHEST_AVAILABLE`,
    schema: latestWire,
  });
  return async (isin, options) => {
    for (const venue of (await venues(isin, options)) ?? []) {
      const price = await latest({ isin, venue }, options);
      if (price !== null) return price;
    }
    return null;
  };
}

const dailyPriceWire = z
  .object({
    time: day,
    currency,
    open: optionalDecimal,
    high: optionalDecimal,
    low: optionalDecimal,
    close: decimal,
    volume: optionalDecimal,
  })
  .transform(({ time: on, ...prices }): DailyPrice => ({ on, ...prices }));

export interface PricesAsked {
  readonly isin: string;
  readonly days: DayRange;
}

/**
 * Days of one call: Upvest answers at most 1,000 points. One day more is asked for, since it is not documented whether the last
 * one is included.
 */
const MAX_DAYS_AT_ONCE = 999;

/** The prices of each day, oldest first; null where Upvest has no venue of the instrument. */
export function pricesByDay(reads: UpvestReads, venues: Venues): Read<PricesAsked, Rows<DailyPrice> | null> {
  const operation = 'upvest.prices.ohlc';
  const ohlc = reads.one({
    operation,
    capability: 'prices',
    path: ({ isin, venue, days }: AtVenue & PricesAsked) => {
      const query = new URLSearchParams({ start_date: days.from, end_date: daysLater(days.to, 1), interval: '1d' });
      return `${at`/instruments/isin:${isin}/venues/${venue}/prices/ohlc`}?${query}`;
    },
    schema: z.object({ data: listOf(z.custom<ExactJson>()) }),
  });
  const atVenue = async (asked: AtVenue & PricesAsked, options: ReadOptions | undefined): Promise<Rows<DailyPrice>> => {
    const parts = await Promise.all(
      partsOf(asked.days).map(async (days) => {
        const { data } = (await ohlc({ ...asked, days }, options)) ?? { data: [] };
        const rows = reads.rows({ data }, { resource: 'dailyPrice', operation, schema: dailyPriceWire });
        return { ...rows, rows: rows.rows.filter(({ on }) => isWithin(on, days)) };
      }),
    );
    const { rows, unreadable } = joinRows(parts);
    const latest = new Map<CalendarDay, DailyPrice>(rows.map((row) => [row.on, row]));
    return { rows: [...latest.values()].sort((a, b) => (a.on < b.on ? -1 : 1)), unreadable };
  };
  return async (asked, options) => {
    const found = await venues(asked.isin, options);
    if (found === null || found.length === 0) return null;
    for (const venue of found) {
      const prices = await atVenue({ ...asked, venue }, options);
      if (prices.rows.length > 0 || prices.unreadable.length > 0) return prices;
    }
    return { rows: [], unreadable: [] };
  };
}

function partsOf({ from, to }: DayRange): readonly DayRange[] {
  const parts: DayRange[] = [];
  let start = from;
  for (let end = daysLater(start, MAX_DAYS_AT_ONCE - 1); end < to; end = daysLater(start, MAX_DAYS_AT_ONCE - 1)) {
    parts.push({ from: start, to: end });
    start = daysLater(start, MAX_DAYS_AT_ONCE);
  }
  return [...parts, { from: start, to }];
}
