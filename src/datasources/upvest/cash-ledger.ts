import { z } from 'zod';
import { daysLater, isWithin, type OpenDayRange } from '../../domain/calendar-day.ts';
import type { LedgerLine, LineFee } from '../../domain/cash-ledger.ts';
import { ZERO } from '../../domain/decimal.ts';
import type { AccountGroupId } from '../../domain/ids.ts';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import { currency, listOf, optionalDay, optionalText, optionalTime, text } from '../upstream/fields.ts';
import type { Rows } from '../upstream/rows.ts';
import { accountGroupId, decimal, sameId } from './fields.ts';
import type { Read, UpvestReads } from './reads.ts';
import { taxes, taxesOf } from './taxes.ts';

export interface LedgerAsked {
  readonly accountGroupId: AccountGroupId;
  readonly days: OpenDayRange;
}

const feeWire = z
  .object({ amount: decimal, currency: optionalText, charge_method: optionalText })
  .transform((fee): LineFee => ({ amount: fee.amount, currency: fee.currency, chargeMethod: fee.charge_method }));

/** Nothing of a line depends on its fees, so one that can't be read is left out. */
const fees = z
  .array(z.unknown())
  .nullish()
  .catch(null)
  .transform((rows) => (rows ?? []).flatMap((row) => feeWire.safeParse(row).data ?? []));

/**
 * A line as customers see it. Stricter than the one that workflows read: a line whose taxes can't be read is not shown with
 * other taxes.
 */
export const ledgerLineWire = z
  .object({
    id: text,
    type: text,
    account_group_id: accountGroupId,
    delta: z.object({ amount: decimal, currency }),
    taxes,
    taxes_details: z.object({ total_amount: z.object({ amount: decimal, currency }).nullish() }).nullish(),
    fees,
    references: listOf(z.object({ id: text, type: text })),
    instrument: z.object({ isin: optionalText }).nullish(),
    booking_date: z.unknown().optional(),
    value_date: optionalDay,
    created_at: optionalTime,
  })
  .transform((row, context): LedgerLine => {
    const { amount, currency: of } = row.delta;
    const details = row.taxes_details?.total_amount ?? { amount: ZERO, currency: of };
    const taxesOfLine = row.taxes.length > 0 ? taxesOf(row.taxes, of) : details.currency === of ? details.amount : null;
    if (taxesOfLine === null) {
      context.addIssue({ code: 'custom', path: ['taxes'], message: 'not taxes in the currency of the line' });
      return z.NEVER;
    }
    return {
      id: row.id,
      type: row.type,
      accountGroupId: row.account_group_id,
      amount,
      currency: of,
      taxes: taxesOfLine,
      ...(row.fees.length > 0 && { fees: row.fees }),
      references: row.references,
      isin: row.instrument?.isin ?? null,
      bookingDate: optionalText.parse(row.booking_date),
      bookedAt: optionalTime.parse(row.booking_date),
      bookedOn: optionalDay.parse(row.booking_date),
      valuedOn: row.value_date,
      createdAt: row.created_at,
    };
  });

/**
 * The broker's cash ledger of a group within days; null where there is no such group. Upvest does not document whether the last
 * day is included, so one more is asked for and dropped here.
 */
export function cashLedger(reads: UpvestReads): Read<LedgerAsked, Rows<LedgerLine> | null> {
  const operation = 'upvest.cashLedger.list';
  const linesOf = reads.list({
    resource: 'cashTransaction',
    operation,
    capability: 'ledger',
    path: ({ accountGroupId: group, days: { from, to } }: LedgerAsked) => {
      const query = new URLSearchParams({ account_group_id: group });
      if (from !== undefined) query.set('start_date', from);
      if (to !== undefined) query.set('end_date', daysLater(to, 1));
      return `/transactions/cash?${query.toString()}`;
    },
    schema: ledgerLineWire,
    keyOf: (line) => line.id,
  });
  return async (asked, options) => {
    const found = await linesOf(asked, options);
    if (found === null) return null;
    // The call is not about one group by its path: a server that ignores the filter answers with those of all customers.
    if (!found.rows.every((line) => sameId(line.accountGroupId, asked.accountGroupId))) {
      throw new UpstreamInvalidAnswerError('UPVEST', `${operation}: about another account group`);
    }
    const { from, to } = asked.days;
    if (from === undefined && to === undefined) return found;
    const isAsked = ({ bookedOn }: LedgerLine): boolean => bookedOn !== null && isWithin(bookedOn, asked.days);
    return { ...found, rows: found.rows.filter(isAsked) };
  };
}
