import { z } from 'zod';
import { type CalendarDay, type DayRange, dayOf, daysLater, isWithin } from '../../domain/calendar-day.ts';
import type { DateTime } from '../../domain/datetime.ts';
import type { AccountId } from '../../domain/ids.ts';
import type { PriceQuality } from '../../domain/prices.ts';
import type { AccountDay, AccountValuation, DailyReturn, Money, ValuationLine } from '../../domain/valuation.ts';
import { readDateTime } from '../../domain/written-time.ts';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import { currency, day, optionalDay, optionalText, optionalTime, parsed, time } from '../upstream/fields.ts';
import type { Rows } from '../upstream/rows.ts';
import { accountId, at, decimal, optionalDecimal, sameId } from './fields.ts';
import { priceQuality } from './price-qualities.ts';
import type { Read, UpvestReads } from './reads.ts';

/**
 * Worth and returns of accounts. Upvest values the instruments of an account, not its cash. It filters by whole days in UTC
 * and does not document whether the last one is included, so one day more is asked for and dropped here.
 */
export interface ValuationAsked {
  readonly account: AccountId;
  readonly quality: 'EOD' | 'HIGHEST_AVAILABLE';
}
export interface DaysAsked {
  readonly account: AccountId;
  readonly days: DayRange;
}

/** Null, and no amount, mean that there is no price. */
const value = z
  .union([
    z.object({ amount: z.literal('').nullish() }).transform(() => null),
    z.object({ amount: decimal, currency, price_time: optionalTime }),
  ])
  .nullish()
  .transform((given) => given ?? null);

/** Older versions of the API tell no quality of a line: it is the valuation's, as far as that is the lowest. */
const lineWire = (account: AccountId, ofValuation: PriceQuality) =>
  z
    .object({
      instrument: z.object({ isin: optionalText }),
      quantity: decimal,
      value,
      weight: optionalDecimal,
      price_quality: z.union([z.null(), priceQuality]).optional(),
    })
    .transform((row): ValuationLine => {
      const untold = ofValuation === 'END_OF_DAY' && row.value !== null ? 'END_OF_DAY' : 'UNKNOWN';
      return {
        accountId: account,
        isin: row.instrument.isin,
        quantity: row.quantity,
        value: row.value?.amount ?? null,
        currency: row.value?.currency ?? null,
        pricedAt: row.value?.price_time ?? null,
        priceQuality: row.price_quality ?? untold,
        weight: row.weight,
      };
    });

const money: z.ZodType<Money> = z.object({ amount: decimal, currency });

/** As of an answer and of an event. An empty list of positions may come as null. */
export const valuationWire = z.object({
  account_id: accountId,
  valuation_time: time,
  price_quality: priceQuality,
  total_security_value: money,
  security_positions: z.array(z.custom<ExactJson>()).nullable(),
});

const CURRENT = 'upvest.valuations.current';

/** The current valuation of an account; null where Upvest has none. */
export function currentValuation(reads: UpvestReads): Read<ValuationAsked, AccountValuation | null> {
  const valuation = reads.one({
    operation: CURRENT,
    capability: 'valuations',
    path: ({ account, quality }: ValuationAsked) =>
      at`/accounts/${account}/valuations/current?price_quality=${quality}`,
    schema: valuationWire,
  });
  return async (asked, options) => {
    const found = await valuation(asked, options);
    if (found === null) return null;
    checkAccount(CURRENT, asked.account, [{ accountId: found.account_id }]);
    const schema = lineWire(found.account_id, found.price_quality);
    const positions = { data: found.security_positions ?? [] };
    return {
      at: found.valuation_time,
      priceQuality: found.price_quality,
      securities: found.total_security_value,
      lines: reads.rows(positions, { resource: 'valuationLine', operation: CURRENT, schema }),
    };
  };
}

interface TimeOfDay {
  readonly at: DateTime;
  readonly on: CalendarDay;
}

const timeOfDay = parsed((written): TimeOfDay | undefined => {
  const time = readDateTime(written);
  const on = time === undefined ? undefined : dayOf(time);
  return time === undefined || on === undefined ? undefined : { at: time, on };
}, 'a time');

type OfAccount<T> = T & { readonly accountId: AccountId };

const accountDayWire = z
  .object({
    id: optionalText,
    account_id: accountId,
    valuation_time: timeOfDay,
    total_security_value: money,
    security_positions: z.array(z.object({ value })).nullable(),
  })
  .transform(
    (row): OfAccount<AccountDay> => ({
      ...row.valuation_time,
      accountId: row.account_id,
      securities: row.total_security_value,
      unpriced: (row.security_positions ?? []).filter((position) => position.value === null).length,
    }),
  );

/** The valuations of an account at the end of each day; null where Upvest has none of it. */
export const valuationsByDay = (reads: UpvestReads): Read<DaysAsked, Rows<AccountDay> | null> =>
  ofDays(reads, { path: 'valuations', capability: 'valuations', sort: 'valuation_time', schema: accountDayWire });

const returnWire = z
  .object({
    account_id: accountId,
    date: day,
    twr: z
      .object({ daily: optionalDecimal, cumulative: optionalDecimal, cumulative_start_date: optionalDay })
      .nullish(),
  })
  .transform(
    (row): OfAccount<DailyReturn> => ({
      accountId: row.account_id,
      on: row.date,
      daily: row.twr?.daily ?? null,
      cumulative: row.twr?.cumulative ?? null,
      since: row.twr?.cumulative_start_date ?? null,
    }),
  );

/** The returns of an account, oldest first; null where Upvest has none of it. */
export const returnsByDay = (reads: UpvestReads): Read<DaysAsked, Rows<DailyReturn> | null> =>
  ofDays(reads, { path: 'returns', capability: 'returns', sort: 'date', schema: returnWire });

function ofDays<T extends OfAccount<{ readonly on: CalendarDay; readonly at?: DateTime }>>(
  reads: UpvestReads,
  list: {
    readonly path: 'valuations' | 'returns';
    readonly capability: 'valuations' | 'returns';
    readonly sort: string;
    readonly schema: z.ZodType<T>;
  },
): Read<DaysAsked, Rows<T> | null> {
  const operation = `upvest.${list.path}.list`;
  const rowsOf = reads.list({
    resource: list.path,
    operation,
    capability: list.capability,
    path: ({ account, days }: DaysAsked) => {
      const range = { start_date: days.from, end_date: daysLater(days.to, 1) };
      const query = new URLSearchParams({ ...range, sort: list.sort, order: 'ASC' });
      return `${at`/accounts/${account}/`}${list.path}?${query}`;
    },
    schema: list.schema,
    keyOf: (row) => row.at ?? row.on,
  });
  return async (asked, options) => {
    const found = await rowsOf(asked, options);
    if (found === null) return null;
    checkAccount(operation, asked.account, found.rows);
    const rows = found.rows.filter(({ on }) => isWithin(on, asked.days)).sort((a, b) => (a.on < b.on ? -1 : 1));
    return { rows, unreadable: found.unreadable };
  };
}

/** One customer's worth must never be shown as another's, whatever cache is in between. */
function checkAccount(operation: string, account: AccountId, rows: readonly { readonly accountId: AccountId }[]): void {
  if (rows.every((row) => sameId(row.accountId, account))) return;
  throw new UpstreamInvalidAnswerError('UPVEST', `${operation}: about another account`);
}
