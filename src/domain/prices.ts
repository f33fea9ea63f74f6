import type { CalendarDay } from './calendar-day.ts';
import { compareDateTimes, type DateTime } from './datetime.ts';
import { add, compare, type Decimal, decimal, multiply } from './decimal.ts';

/**
 * How good a price is, as the broker has it. UNKNOWN: none given, or a value that the gateway does not know.
 * HIGHEST_AVAILABLE: the best that the tenant may see, which may be any of the others.
 */
export const PRICE_QUALITIES = ['END_OF_DAY', 'DELAYED', 'REALTIME', 'HIGHEST_AVAILABLE', 'UNKNOWN'] as const;
export type PriceQuality = (typeof PRICE_QUALITIES)[number];

/** From the worst on: nothing that contains one is better than it. */
const WORST_FIRST = ['UNKNOWN', 'END_OF_DAY', 'HIGHEST_AVAILABLE', 'DELAYED', 'REALTIME'] as const;

/** The worst of several; UNKNOWN of none. */
export const worstQuality = (qualities: readonly PriceQuality[]): PriceQuality =>
  WORST_FIRST.find((quality) => qualities.includes(quality)) ?? 'UNKNOWN';

/** A price of one unit. */
export interface Price {
  readonly amount: Decimal;
  readonly currency: string;
  readonly at: DateTime;
  readonly quality: PriceQuality;
}

/** The prices of one day at a venue; all but the last are null where nothing was traded. */
export interface DailyPrice {
  readonly on: CalendarDay;
  readonly open: Decimal | null;
  readonly high: Decimal | null;
  readonly low: Decimal | null;
  readonly close: Decimal;
  /** In units. */
  readonly volume: Decimal | null;
  readonly currency: string;
}

/** A price of one unit: paid, bid or asked. */
export interface Quote {
  readonly price: Decimal;
  readonly at: DateTime;
}

const HALF = decimal('0.5');

/** The middle of the highest bid and the lowest ask, exact, as of the older of the two; undefined where either is missing. */
export function middleOf(bids: readonly Quote[], asks: readonly Quote[]): Quote | undefined {
  const bid = bids.reduce<Quote | undefined>(
    (best, each) => (best && compare(best.price, each.price) >= 0 ? best : each),
    undefined,
  );
  const ask = asks.reduce<Quote | undefined>(
    (best, each) => (best && compare(best.price, each.price) <= 0 ? best : each),
    undefined,
  );
  if (bid === undefined || ask === undefined) return undefined;
  const at = compareDateTimes(bid.at, ask.at) <= 0 ? bid.at : ask.at;
  return { price: multiply(add(bid.price, ask.price), HALF), at };
}
