import type { Answer, Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { minus, plus } from '../values/exact.ts';
import { uuidOf } from '../values/ids.ts';
import {
  CLOSE_HOUR,
  closeOf,
  dayNumber,
  dayText,
  isQuoted,
  isTradingDay,
  lastClosedDay,
  priceAt,
  pricesOn,
} from '../values/prices.ts';
import { type Operation, operation, type UpvestContext } from './context.ts';
import { notFound, refusal } from './errors.ts';
import { dayOf } from './valuations.ts';

const PRICES = ['prices:read'];
const VENUE = { id: uuidOf('venue/tradegate'), name: 'Tradegate', price_qualities: ['EOD', 'REALTIME'] } as const;
/** Quotes few of the instruments that the other one trades. */
const SECOND_VENUE = { id: uuidOf('venue/munich'), name: 'gettex', price_qualities: ['EOD'] } as const;

const MAX_POINTS = 1_000;
const DEFAULT_DAYS = 30;

/** Where instruments are traded, and at which prices. */
export function priceOperations({ clock, store }: UpvestContext): readonly Route<Operation>[] {
  const isinOf = (key: string): string => {
    const isin = store.instrument(key)?.isin;
    if (isin === undefined) throw notFound('Instrument', key);
    return isin;
  };
  const quotedAt = (key: string, venue: string): string => {
    const isin = isinOf(key);
    if (!isQuoted(isin) || (venue !== VENUE.id && venue !== SECOND_VENUE.id)) throw notFound('Venue', venue);
    return isin;
  };
  return [
    operation('GET /instruments/:id/venues', PRICES, (_, { id = '' }) => ({
      status: 200,
      body: { data: isQuoted(isinOf(id)) ? [VENUE, SECOND_VENUE] : [] },
    })),
    operation('GET /instruments/:id/venues/:venue/prices/latest', PRICES, (exchange, { id = '', venue = '' }) => {
      const quality = exchange.query.get('price_quality') ?? 'HIGHEST_AVAILABLE';
      if (!['EOD', 'DELAYED', 'REALTIME', 'HIGHEST_AVAILABLE'].includes(quality))
        throw refusal(400, 'price_quality is not known');
      return {
        status: 200,
        body: latest(quotedAt(id, venue), clock(), quality === 'EOD' || venue === SECOND_VENUE.id),
      };
    }),
    operation('GET /instruments/:id/venues/:venue/prices/ohlc', PRICES, (exchange, { id = '', venue = '' }) =>
      ohlc(exchange, quotedAt(id, venue), clock()),
    ),
  ];
}

function latest(isin: string, now: Date, isEndOfDay: boolean) {
  const closed = lastClosedDay(now);
  const price = isEndOfDay ? closeOf(isin, closed) : priceAt(isin, now);
  const time = isEndOfDay ? `${dayText(closed)}T${CLOSE_HOUR}:00:00Z` : now.toISOString();
  return {
    price_quality: isEndOfDay ? 'EOD' : 'REALTIME',
    currency: 'EUR',
    bids: [{ time, price: minus(price, '0.02'), size: '100' }],
    asks: [{ time, price: plus(price, '0.02'), size: '50' }],
    last_trade: { time, price, size: '40' },
  };
}

function ohlc(exchange: Exchange, isin: string, now: Date): Answer {
  const interval = exchange.query.get('interval') ?? '1d';
  if (interval !== '1d') throw refusal(400, 'interval must be 1d');
  if (!['ALL', 'NONE'].includes(exchange.query.get('adjusted_for') ?? 'ALL'))
    throw refusal(400, 'adjusted_for must be ALL or NONE');
  const until = dayOf(exchange, 'end_date') ?? dayNumber(now) - 1;
  const from = dayOf(exchange, 'start_date') ?? until - DEFAULT_DAYS;
  if (until - from >= MAX_POINTS) throw refusal(400, `at most ${MAX_POINTS} data points`);
  const last = Math.min(until, dayNumber(now) - (now.getUTCHours() < CLOSE_HOUR ? 1 : 0));
  const data = Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => {
    const day = from + i;
    const prices = isTradingDay(day)
      ? pricesOn(isin, day)
      : { open: '', high: '', low: '', close: closeOf(isin, day), volume: '0' };
    return { currency: 'EUR', time: `${dayText(day)}T00:00:00Z`, ...prices };
  });
  return { status: 200, body: { data, meta: { count: data.length } } };
}
