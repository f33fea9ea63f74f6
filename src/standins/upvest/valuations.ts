import type { Answer, Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { compared, dividedBy, minus, plus, times, toCents } from '../values/exact.ts';
import { uuidOf } from '../values/ids.ts';
import type { JsonObject } from '../values/json.ts';
import {
  CLOSE_HOUR,
  closeOf,
  dayNumber,
  dayText,
  isQuoted,
  isTradingDay,
  lastClosedDay,
  lastTradingDay,
  priceAt,
} from '../values/prices.ts';
import { type Operation, operation, type UpvestContext } from './context.ts';
import type { Account } from './entities.ts';
import { refusal } from './errors.ts';
import { pageAnswer } from './paging.ts';
import { known } from './reads.ts';

/** An account is valued from its first day on, but no longer ago than this. */
const MAX_DAYS = 4_000;

/** Worth and returns of accounts, by their units at the end of each day and the closes of that day. */
export function valuationOperations(context: UpvestContext): readonly Route<Operation>[] {
  const accountOf = (id: string): Account => known(context.store.accounts, 'Account', id);
  return [
    operation('GET /accounts/:id/valuations/current', ['valuations:read'], (exchange, { id = '' }) => {
      const quality = exchange.query.get('price_quality');
      if (quality !== 'EOD' && quality !== 'HIGHEST_AVAILABLE')
        throw refusal(400, 'price_quality must be EOD or HIGHEST_AVAILABLE');
      return { status: 200, body: currentValuation(context, accountOf(id), quality) };
    }),
    operation('GET /accounts/:id/valuations', ['valuations:read'], (exchange, { id = '' }) => {
      const account = accountOf(id);
      const rows = daysOf(context, account).map((day) => [day, () => valuationAt(context, account, day)] as const);
      return pageOfDays(exchange, rows, 'valuation_time');
    }),
    operation('GET /accounts/:id/returns', ['account_returns:read'], (exchange, { id = '' }) =>
      pageOfDays(exchange, returnsOf(context, accountOf(id)), 'date'),
    ),
  ];
}

type Quality = 'EOD' | 'HIGHEST_AVAILABLE';

/** With the newest closes, or with what is paid now. */
export function currentValuation(context: UpvestContext, account: Account, quality: Quality): JsonObject {
  const now = context.clock();
  const closed = lastClosedDay(now);
  const isLive = quality === 'HIGHEST_AVAILABLE';
  return valuation(context, account, {
    at: now.toISOString(),
    priceOf: (isin) => (isLive ? priceAt(isin, now) : closeOf(isin, closed)),
    pricedAt: isLive ? now.toISOString() : closeTime(closed),
    quality,
  });
}

const valuationAt = (context: UpvestContext, account: Account, day: number): JsonObject =>
  valuation(context, account, {
    at: closeTime(day),
    priceOf: (isin) => closeOf(isin, day),
    pricedAt: closeTime(lastTradingDay(day)),
    quality: 'EOD',
  });

const closeTime = (day: number): string => `${dayText(day)}T${CLOSE_HOUR}:00:00Z`;

interface Valuing {
  readonly at: string;
  readonly priceOf: (isin: string) => string;
  readonly pricedAt: string;
  readonly quality: Quality;
}

function valuation(context: UpvestContext, account: Account, { at, priceOf, pricedAt, quality }: Valuing): JsonObject {
  const currency = currencyOf(context, account);
  const lines = unitsAt(context, account.id, at).map(([isin, units]) => ({
    isin,
    units,
    value: isQuoted(isin) ? toCents(times(units, priceOf(isin))) : null,
  }));
  const total = lines.reduce((sum, { value }) => plus(sum, value ?? '0'), '0');
  return {
    id: uuidOf(`valuation/${account.id}/${at}/${quality}`),
    created_at: at,
    updated_at: at,
    account_id: account.id,
    valuation_time: at,
    price_quality: quality,
    total_security_value: { amount: total, currency },
    security_positions: lines.map(({ isin, units, value }) => ({
      instrument: { uuid: uuidOf(`instrument/${isin}`), isin },
      quantity: units,
      value: value === null ? null : { amount: value, currency, price_time: pricedAt },
      weight: value === null || compared(total, '0') === 0 ? null : dividedBy(value, total, 6),
      price_quality: value === null ? 'NA' : quality === 'EOD' ? 'EOD' : 'REALTIME',
    })),
  };
}

/** A price is the same number in every currency of this world. */
const currencyOf = ({ store }: UpvestContext, { account_group_id: group }: Account): string =>
  store.balances(group)[0]?.currency ?? 'EUR';

/** Holdings of an account at a time: those of now without later changes. */
function unitsAt({ store }: UpvestContext, accountId: string, at: string): readonly (readonly [string, string])[] {
  const units = new Map(
    store.positions(accountId).map(({ instrument: { isin, uuid }, quantity }) => [isin ?? uuid, quantity]),
  );
  for (const { instrument, delta, booking_date: booked } of store.securitiesTransactions.of(accountId)) {
    const isin = instrument.isin ?? instrument.uuid;
    if (booked > at) units.set(isin, minus(units.get(isin) ?? '0', delta.amount));
  }
  return [...units].filter(([, held]) => compared(held, '0') > 0);
}

/** The days that have ended since the account was opened. */
function daysOf({ clock }: UpvestContext, account: Account): readonly number[] {
  const now = clock();
  const last = dayNumber(now) - (now.getUTCHours() < CLOSE_HOUR ? 1 : 0);
  const first = Math.max(dayNumber(new Date(account.created_at)), last - MAX_DAYS);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/** The units of the day before, at the closes of both days: money that came or went has no part in it. */
function dailyReturn(held: readonly (readonly [isin: string, units: number])[], day: number): number {
  if (!isTradingDay(day)) return 0;
  const worth = (at: number): number => held.reduce((sum, [isin, units]) => sum + units * Number(closeOf(isin, at)), 0);
  const before = worth(day - 1);
  return before === 0 ? 0 : worth(day) / before - 1;
}

/**
 * Units of quoted instruments at the close of each day, in one walk back over the ledger: as `unitsAt` has them for one time. Returns
 * of a year read the ledger once, and not once for each day.
 */
function unitsOfDays(
  { store }: UpvestContext,
  accountId: string,
  days: readonly number[],
): ReadonlyMap<number, readonly (readonly [string, number])[]> {
  const units = new Map(
    store.positions(accountId).map(({ instrument: { isin, uuid }, quantity }) => [isin ?? uuid, quantity]),
  );
  const lines = store.securitiesTransactions
    .of(accountId)
    .toSorted((a, b) => (a.booking_date < b.booking_date ? 1 : -1));
  const found = new Map<number, readonly (readonly [string, number])[]>();
  let next = 0;
  let held: readonly (readonly [string, number])[] | undefined;
  for (const day of days.toReversed()) {
    const at = closeTime(day);
    for (let line = lines[next]; line !== undefined && line.booking_date > at; line = lines[next]) {
      const isin = line.instrument.isin ?? line.instrument.uuid;
      units.set(isin, minus(units.get(isin) ?? '0', line.delta.amount));
      held = undefined;
      next += 1;
    }
    held ??= [...units]
      .filter(([isin, amount]) => compared(amount, '0') > 0 && isQuoted(isin))
      .map(([isin, amount]) => [isin, Number(amount)] as const);
    found.set(day, held);
  }
  return found;
}

type Day = readonly [day: number, row: () => JsonObject];

function returnsOf(context: UpvestContext, account: Account): readonly Day[] {
  const days = daysOf(context, account);
  const since = `${dayText(days[0] ?? 0)}T00:00:00Z`;
  const units = unitsOfDays(context, account.id, days);
  let grown = 1;
  return days.map((day, index) => {
    const daily = index === 0 ? 0 : dailyReturn(units.get(day - 1) ?? [], day);
    grown *= 1 + daily;
    const twr = {
      daily: daily.toFixed(10),
      cumulative: (grown - 1).toFixed(10),
      cumulative_start_date: since,
    };
    return [day, () => ({ account_id: account.id, date: `${dayText(day)}T00:00:00Z`, twr })];
  });
}

function pageOfDays(exchange: Exchange, days: readonly Day[], sort: string): Answer {
  const from = dayOf(exchange, 'start_date') ?? Number.NEGATIVE_INFINITY;
  const until = dayOf(exchange, 'end_date') ?? Number.POSITIVE_INFINITY;
  const found = days.filter(([day]) => day >= from && day <= until).map(([, row]) => row());
  return pageAnswer(exchange, found, [sort]);
}

/** The day of a parameter; undefined where it is left out. */
export function dayOf({ query }: Exchange, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const at = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : Number.NaN);
  if (Number.isNaN(at.getTime())) throw refusal(400, `${name} must be a date`);
  return dayNumber(at);
}
