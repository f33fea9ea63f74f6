import type { CashTransaction } from './broker-payments.ts';
import type { CalendarDay } from './calendar-day.ts';
import { compareInstants, type DateTime, type Instant, instantOf, NO_INSTANT } from './datetime.ts';
import type { Decimal } from './decimal.ts';

/** A line of the broker's cash ledger, as customers see it. */
export interface LedgerLine extends CashTransaction {
  /** Taxes of the line in its currency; 0 where the broker reports none. */
  readonly taxes: Decimal;
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
