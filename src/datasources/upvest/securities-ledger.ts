import { z } from 'zod';
import { daysLater, type OpenDayRange } from '../../domain/calendar-day.ts';
import { ZERO } from '../../domain/decimal.ts';
import type { AccountGroupId } from '../../domain/ids.ts';
import type { BrokerLine } from '../../domain/synchronization/line.ts';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import { listOf, optionalText, optionalTime, text } from '../upstream/fields.ts';
import type { Rows } from '../upstream/rows.ts';
import type { LedgerAsked } from './cash-ledger.ts';
import { accountGroupId, decimal, sameId } from './fields.ts';
import type { Read, UpvestReads } from './reads.ts';

export const securitiesLineWire = z
  .object({
    id: text,
    type: text,
    account_group_id: accountGroupId,
    instrument: z.object({ isin: optionalText }).nullish(),
    delta: z.object({ amount: decimal }),
    references: listOf(z.object({ id: text, type: text })),
    booking_date: optionalTime,
    created_at: optionalTime,
  })
  .transform(
    (row): BrokerLine => ({
      ledger: 'securities',
      id: row.id,
      type: row.type,
      accountGroupId: row.account_group_id,
      amount: row.delta.amount,
      currency: null,
      isin: row.instrument?.isin ?? null,
      taxes: ZERO,
      references: row.references,
      fees: [],
      bookedAt: row.booking_date ?? row.created_at,
    }),
  );

const pathOf = (group: AccountGroupId, { from, to }: OpenDayRange): string => {
  const query = new URLSearchParams({ account_group_id: group });
  if (from !== undefined) query.set('start_date', from);
  if (to !== undefined) query.set('end_date', daysLater(to, 1));
  return `/transactions/securities?${query.toString()}`;
};

/** The broker's ledger of units of a group, from a day on; null where there is no such group, or the capability is off. */
export function securitiesLedger(reads: UpvestReads): Read<LedgerAsked, Rows<BrokerLine> | null> {
  const operation = 'upvest.securitiesLedger.list';
  const linesOf = reads.list({
    resource: 'securitiesTransaction',
    operation,
    capability: 'ledger',
    path: ({ accountGroupId: group, days }: LedgerAsked) => pathOf(group, days),
    schema: securitiesLineWire,
    keyOf: (line) => line.id,
  });
  return async (asked, options) => {
    const found = await linesOf(asked, options);
    if (found?.rows.every((line) => sameId(line.accountGroupId, asked.accountGroupId)) === false) {
      throw new UpstreamInvalidAnswerError('UPVEST', `${operation}: about another account group`);
    }
    return found;
  };
}
