import type { DayRange } from '../domain/calendar-day.ts';
import type { Instrument } from '../domain/instrument.ts';
import { type Shown, shownRows } from '../domain/listing.ts';
import type { DailyPrice, Price } from '../domain/prices.ts';
import type { RequestContext } from './context.ts';
import { checkedDays } from './day-ranges.ts';

/** The broker's limit for one answer. */
const MAX_DAYS = 1_000;

/** The newest price that the tenant may see; null where there is none. */
export const priceOf = async (context: RequestContext, { isin }: Instrument): Promise<Price | null> =>
  await context.loaders.price.load(isin);

/** Daily prices, oldest first; null where the broker has none of the instrument. Throws BadUserInputError for a bad range. */
export async function pricesOf(
  { services, patience }: RequestContext,
  { isin }: Instrument,
  range: DayRange,
): Promise<Shown<readonly DailyPrice[] | null>> {
  const days = checkedDays(range, MAX_DAYS);
  return shownRows(await services.upvest.prices({ isin, days }, patience.forOneField()));
}
