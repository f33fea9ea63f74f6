import { z } from 'zod';
import type { CashTransaction } from '../../domain/broker-payments.ts';
import { type DateTime, epochNanoseconds } from '../../domain/datetime.ts';
import type { AccountGroupId } from '../../domain/ids.ts';
import { currency, listOf, optionalText, optionalTime, sameNames, text } from '../upstream/fields.ts';
import { accountGroupId, decimal } from './fields.ts';
import type { UpvestReads } from './reads.ts';

export interface CashTransactionFilter {
  readonly accountGroupId: AccountGroupId;
  /** Inclusive. */
  readonly from?: DateTime | undefined;
  readonly to?: DateTime | undefined;
}

export const cashTransactionWire = sameNames({
  id: text,
  type: text,
  account_group_id: accountGroupId,
  delta: z.object({ amount: decimal, currency }),
  references: listOf(z.object({ id: text, type: text })),
  booking_date: optionalText,
  created_at: optionalTime,
}).transform(({ delta, ...row }): CashTransaction => ({ ...row, ...delta }));

/**
 * The broker's cash ledger of a group, oldest first; null for an unknown group. Upvest filters by whole days and does
 * not document whether the last one is included, so the answer may have up to two days more.
 */
export const cashTransactions = (reads: UpvestReads) =>
  reads.list({
    resource: 'cashTransaction',
    operation: 'upvest.cashTransactions.list',
    path: ({ accountGroupId: group, from, to }: CashTransactionFilter) => {
      const query = new URLSearchParams({ account_group_id: group });
      if (from !== undefined) query.set('start_date', utcDate(from, 0));
      if (to !== undefined) query.set('end_date', utcDate(to, 1));
      return `/transactions/cash?${query.toString()}`;
    },
    schema: cashTransactionWire,
    keyOf: (transaction) => transaction.id,
  });

const DAY_MS = 86_400_000;

/** The UTC day of a time, or one some days later: YYYY-MM-DD. */
function utcDate(time: DateTime, daysLater: number): string {
  const milliseconds = Number(epochNanoseconds(time) / 1_000_000n) + daysLater * DAY_MS;
  return new Date(milliseconds).toISOString().slice(0, 10);
}
