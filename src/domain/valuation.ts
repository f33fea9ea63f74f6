import type { CalendarDay } from './calendar-day.ts';
import { compareDateTimes, type DateTime } from './datetime.ts';
import { add, type Decimal, isZero, sum, ZERO } from './decimal.ts';
import type { AccountId } from './ids.ts';
import { type Listing, wholeOf } from './listing.ts';
import { type PriceQuality, worstQuality } from './prices.ts';

/**
 * The value of accounts by the broker. A portfolio's figures are sums of those of its accounts, digit for digit;
 * nothing else is computed. Where a part is not known, so is the sum.
 */
export interface Money {
  readonly amount: Decimal;
  readonly currency: string;
}

/** A position of a valuation. */
export interface ValuationLine {
  readonly accountId: AccountId;
  readonly isin: string | null;
  readonly quantity: Decimal;
  /** Null, as are currency and time, where the broker has no price. */
  readonly value: Decimal | null;
  readonly currency: string | null;
  readonly pricedAt: DateTime | null;
  readonly priceQuality: PriceQuality;
  /** Share of the securities of the account, a fraction. */
  readonly weight: Decimal | null;
}

/** The instruments of one account; its cash is not in it. */
export interface AccountValuation {
  readonly at: DateTime;
  readonly priceQuality: PriceQuality;
  /** Without positions that have no price. */
  readonly securities: Money;
  readonly lines: Listing<ValuationLine>;
}

/** The worth of a portfolio. */
export interface Valuation {
  /** Of the securities. */
  readonly currency: string;
  /** Null where cash, securities and lines are not all of one currency. */
  readonly total: Decimal | null;
  readonly securities: Decimal;
  readonly cash: Decimal;
  readonly cashCurrency: string;
  readonly at: DateTime;
  readonly priceQuality: PriceQuality;
  /** Number of lines without a value. */
  readonly unpriced: number;
  readonly lines: readonly ValuationLine[];
}

/**
 * The sum of the accounts and the cash; undefined where the accounts' values are of several currencies, and without
 * accounts. Throws an UpstreamRowUnreadableError where a line could not be read: how much of it has no price is not known.
 */
export function worthOf(accounts: readonly AccountValuation[], cash: Money): Valuation | undefined {
  const securities = sumOf(accounts.map((account) => account.securities));
  const oldest = accounts.map(({ at }) => at).sort(compareDateTimes)[0];
  if (securities === undefined || oldest === undefined) return undefined;
  const lines = accounts.flatMap((account) => wholeOf(account.lines));
  const { currency } = securities;
  const isOneCurrency =
    cash.currency === currency && lines.every((line) => line.value === null || line.currency === currency);
  // The broker's weight is a share of the account, which is the portfolio only where no other account holds anything.
  const isWhole = new Set(lines.map(({ accountId }) => accountId)).size < 2;
  return {
    currency,
    total: isOneCurrency ? add(securities.amount, cash.amount) : null,
    securities: securities.amount,
    cash: cash.amount,
    cashCurrency: cash.currency,
    at: oldest,
    priceQuality: worstQuality(accounts.map((account) => account.priceQuality)),
    unpriced: lines.filter(({ value }) => value === null).length,
    lines: isWhole ? lines : lines.map((line) => ({ ...line, weight: null })),
  };
}

/** The instruments of one account at the end of a day. */
export interface AccountDay {
  readonly on: CalendarDay;
  readonly at: DateTime;
  readonly securities: Money;
  readonly unpriced: number;
}

/** The worth of a portfolio's instruments at the end of a day. */
export interface DailyValuation {
  readonly on: CalendarDay;
  readonly securities: Decimal;
  readonly currency: string;
  readonly unpriced: number;
}

/**
 * The sums of the accounts' days, oldest first. A day for which the valuation of an account is missing is left out: its sum is
 * not known. Before its first valuation, and after one that was empty, an account has nothing, so nothing of it is missing.
 * Undefined where values of one day are of several currencies.
 */
export function worthByDay(accounts: readonly (readonly AccountDay[])[]): readonly DailyValuation[] | undefined {
  const byDay = accounts.map(latestOfEachDay);
  const days = [...new Set(byDay.flatMap((valuations) => [...valuations.keys()]))].sort();
  const latest: (AccountDay | undefined)[] = byDay.map(() => undefined);
  const worth: DailyValuation[] = [];
  for (const on of days) {
    const found = byDay.map((valuations) => valuations.get(on));
    const isMissing = found.some((day, index) => day === undefined && !isEmpty(latest[index]));
    for (const [index, day] of found.entries()) latest[index] = day ?? latest[index];
    if (isMissing) continue;
    const present = found.filter((day) => day !== undefined);
    const securities = sumOf(present.map((day) => day.securities));
    if (securities === undefined) return undefined;
    const unpriced = present.reduce((count, day) => count + day.unpriced, 0);
    worth.push({ on, securities: securities.amount, currency: securities.currency, unpriced });
  }
  return worth;
}

const isEmpty = (day: AccountDay | undefined): boolean =>
  day === undefined || (day.unpriced === 0 && isZero(day.securities.amount));

/** A valuation may have been made again. */
function latestOfEachDay(valuations: readonly AccountDay[]): ReadonlyMap<CalendarDay, AccountDay> {
  const latest = new Map<CalendarDay, AccountDay>();
  for (const valuation of valuations) {
    const other = latest.get(valuation.on);
    if (other === undefined || compareDateTimes(valuation.at, other.at) >= 0) latest.set(valuation.on, valuation);
  }
  return latest;
}

/** The only amount as the broker wrote it. Undefined of none, and of several currencies; zero is of any. */
function sumOf(amounts: readonly Money[]): Money | undefined {
  const [first, ...others] = amounts;
  if (first === undefined || others.length === 0) return first;
  const valued = amounts.filter(({ amount }) => !isZero(amount));
  const currency = valued[0]?.currency ?? first.currency;
  if (valued.some((each) => each.currency !== currency)) return undefined;
  return { amount: valued.length === 0 ? ZERO : sum(valued.map(({ amount }) => amount)), currency };
}

/** Time-weighted return of an account on one day; fractions. */
export interface DailyReturn {
  readonly on: CalendarDay;
  readonly daily: Decimal | null;
  /** Since the day on which the broker began to count. */
  readonly cumulative: Decimal | null;
  readonly since: CalendarDay | null;
}

/** Time-weighted returns of a portfolio with one account. */
export interface Returns {
  /** Of the last day that has one. */
  readonly cumulative: Decimal | null;
  readonly since: CalendarDay | null;
  readonly days: readonly DailyReturn[];
}

export function returnsOfDays(days: readonly DailyReturn[]): Returns {
  const last = days.findLast(({ cumulative }) => cumulative !== null);
  return { cumulative: last?.cumulative ?? null, since: last?.since ?? null, days };
}
