import { z } from 'zod';
import type { CashTransaction } from './broker-payments.ts';
import type { CalendarDay } from './calendar-day.ts';
import { compareInstants, type DateTime, type Instant, instantOf, NO_INSTANT } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import { decimalText } from './parsed-text.ts';

/** A fee of a line of the broker's ledger. */
export interface LineFee {
  readonly amount: Decimal;
  /** ISO 4217; null where the broker names none. */
  readonly currency: string | null;
  /** In the broker's words: CHARGED_BY_CLIENT, COLLECTED_BY_UPVEST; null where it names none. */
  readonly chargeMethod: string | null;
}

/** Fees as rows keep them; what earlier releases kept has none. */
export const keptFees: z.ZodType<readonly LineFee[]> = z.array(
  z.object({ amount: decimalText, currency: z.string().nullable(), chargeMethod: z.string().nullable() }),
);

/** A line of the broker's cash ledger, as customers see it. */
export interface LedgerLine extends CashTransaction {
  /** Taxes of the line in its currency; 0 where the broker reports none. */
  readonly taxes: Decimal;
  readonly fees?: readonly LineFee[] | undefined;
  /** The instrument that the line is about, such as the share that paid the dividend. */
  readonly isin: string | null;
  readonly bookedAt: DateTime | null;
  readonly bookedOn: CalendarDay | null;
  readonly valuedOn: CalendarDay | null;
}

/** Sort key of a line: its booking, else its creation. */
export const instantOfLine = ({ bookedAt, createdAt }: Pick<LedgerLine, 'bookedAt' | 'createdAt'>): Instant => {
  const at = bookedAt ?? createdAt;
  return at === null ? NO_INSTANT : instantOf(at);
};

/** A position in a list of lines. */
export interface LedgerPlace {
  readonly at: Instant;
  readonly id: string;
}

/** Newest first, then by id. */
export function newestLineFirst(a: LedgerPlace, b: LedgerPlace): number {
  const later = compareInstants(b.at, a.at);
  if (later !== 0) return later;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
