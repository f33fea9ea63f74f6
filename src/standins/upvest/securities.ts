import { randomUUID } from 'node:crypto';
import type { Answer, Exchange } from '../server/exchange.ts';
import { upvestTime } from '../values/clock.ts';
import type { UpvestContext } from './context.ts';
import type { SecuritiesTransaction } from './entities.ts';
import { pageAnswer } from './paging.ts';

type Booking = Pick<
  SecuritiesTransaction,
  'type' | 'account_id' | 'account_group_id' | 'instrument' | 'delta' | 'references'
>;

/** Enters a change of units in the ledger of securities. */
export function bookUnits(context: UpvestContext, booking: Booking, bookedAt?: string): SecuritiesTransaction {
  const now = upvestTime(context.clock());
  const at = bookedAt ?? now;
  const times = { created_at: now, updated_at: now, booking_date: at, value_date: at };
  const transaction = context.store.securitiesTransactions.put({ id: randomUUID(), ...booking, ...times });
  if (context.settings.cashTransactionEvents) context.emit('SECURITY_TRANSACTION.EXECUTED', transaction);
  return transaction;
}

/** `GET /transactions/securities`: of a group, of an account, or all; by days. */
export function securitiesTransactions({ store }: UpvestContext, exchange: Exchange): Answer {
  const { query } = exchange;
  const group = query.get('account_group_id');
  const account = query.get('account_id');
  const from = query.get('start_date')?.slice(0, 10);
  const until = query.get('end_date')?.slice(0, 10);
  const { securitiesTransactions: all } = store;
  const found = (account === null ? all.all() : all.of(account)).filter(
    ({ account_group_id: of, booking_date: booked }) =>
      (group === null || of === group) &&
      (from === undefined || booked.slice(0, 10) >= from) &&
      (until === undefined || booked.slice(0, 10) <= until),
  );
  return pageAnswer(exchange, found, ['booking_date']);
}
