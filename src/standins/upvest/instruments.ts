import { randomUUID } from 'node:crypto';
import type { Route } from '../server/router.ts';
import { upvestTime } from '../values/clock.ts';
import { type Operation, operation, type UpvestContext } from './context.ts';
import type { InstrumentDetails } from './entities.ts';
import { notFound, refusal } from './errors.ts';
import { pageAnswer } from './paging.ts';

const READ = ['instruments:read'];

/** The directory of instruments. */
export function instrumentOperations({ store }: UpvestContext): readonly Route<Operation>[] {
  return [
    operation('GET /instruments', READ, (exchange) => {
      const status = exchange.query.get('trading_status');
      if (status !== null && status !== 'ACTIVE' && status !== 'INACTIVE')
        throw refusal(400, 'trading_status must be ACTIVE or INACTIVE');
      const found = store.instruments.all().filter((each) => status === null || each.trading_status === status);
      return pageAnswer(exchange, found, ['created_at', 'updated_at']);
    }),
    operation('GET /instruments/:key', READ, (_, { key = '' }) => {
      const found = store.instrument(key);
      if (!found) throw notFound('Instrument', key);
      return { status: 200, body: found };
    }),
  ];
}

/** Changes an instrument, or adds one, as the broker would: `updated_at` moves, and webhooks are told. */
export function putInstrument(
  context: UpvestContext,
  change: Partial<InstrumentDetails> & { readonly isin: string },
): InstrumentDetails {
  const now = upvestTime(context.clock());
  const before = context.store.instrument(`isin:${change.isin}`);
  const after = context.store.instruments.put({
    id: randomUUID(),
    created_at: now,
    wkn: '',
    name: '',
    fractional_trading: true,
    trading_status: 'ACTIVE',
    ...before,
    ...change,
    updated_at: now,
  });
  context.emit(before ? 'INSTRUMENT.UPDATED' : 'INSTRUMENT.CREATED', after);
  return after;
}
