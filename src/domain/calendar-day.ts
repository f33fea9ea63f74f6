import { type DateTime, daysIn, epochNanoseconds } from './datetime.ts';
import { readDateTime } from './written-time.ts';

/** A calendar day in UTC, YYYY-MM-DD. Days sort as text. Made by {@link parseDay}. */
export type CalendarDay = string & { readonly __brand: 'CalendarDay' };

/** From and to are inclusive. */
export interface DayRange {
  readonly from: CalendarDay;
  readonly to: CalendarDay;
}

/** As {@link DayRange}, without a beginning or an end where it is left out. */
export interface OpenDayRange {
  readonly from?: CalendarDay | undefined;
  readonly to?: CalendarDay | undefined;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAY_MS = 86_400_000;

const isDay = (text: string): text is CalendarDay => {
  const [, year = '', month = '', day = ''] = DAY.exec(text) ?? [];
  return year !== '' && Number(day) >= 1 && Number(day) <= daysIn(Number(year), Number(month));
};

/** Undefined where the text is not an existing day: 2026-02-30, 2026-2-3, 20260203. */
export const parseDay = (text: string): CalendarDay | undefined => (isDay(text) ? text : undefined);

/** The UTC day of a time: 2026-03-02T00:30:00+02:00 is on 2026-03-01. Undefined outside of the years 0 to 9999. */
export const dayOf = (time: DateTime): CalendarDay | undefined => dayAt(Number(epochNanoseconds(time) / 1_000_000n));

/** The UTC day of a time as another system wrote it, or of a bare day; undefined where it is neither. */
export function readDay(text: string): CalendarDay | undefined {
  const time = readDateTime(text);
  return time === undefined ? undefined : dayOf(time);
}

/** The last day that can be written; asserted, since parsing would make it optional. */
const LAST = '9999-12-31' as CalendarDay;

/** The day so many days later; the last day that can be written where there is none. */
export const daysLater = (day: CalendarDay, days: number): CalendarDay =>
  dayAt(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS) ?? LAST;

/** Number of days of a range; 0 or less where it ends before it begins. */
export const daysOf = ({ from, to }: DayRange): number =>
  (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS + 1;

export const isWithin = (day: CalendarDay, { from = day, to = day }: OpenDayRange): boolean => day >= from && day <= to;

function dayAt(milliseconds: number): CalendarDay | undefined {
  return parseDay(new Date(milliseconds).toISOString().slice(0, 10));
}
