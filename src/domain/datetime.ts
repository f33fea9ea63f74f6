/**
 * A point in time as the upstream wrote it (RFC 3339, any precision): `2021-06-24T19:59:15.474241+00:00`. Kept as text,
 * because a JavaScript Date would cut the microseconds off.
 */
export type DateTime = string & { readonly __brand: 'DateTime' };

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,50}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;

/** Returns the text where it is an existing RFC 3339 time; undefined otherwise (2021-02-30, -1000000000-01-01…). */
export function parseDateTime(text: string): DateTime | undefined {
  const match = RFC_3339.exec(text);
  return match !== null && exists(match) ? (text as DateTime) : undefined;
}

/** True where a time needs no rewriting: `T` and `Z` in upper case, no leap second. */
export const isPlain = (time: DateTime): boolean =>
  time.charCodeAt(10) === LETTER_T &&
  time.charCodeAt(time.length - 1) !== LETTER_SMALL_Z &&
  time.charCodeAt(17) !== DIGIT_6;

const LETTER_T = 0x54;
const LETTER_SMALL_Z = 0x7a;
const DIGIT_6 = 0x36;

/** Whole nanoseconds since 1970. Further digits are cut off: {@link instantOf} keeps them. */
export const epochNanoseconds = (time: DateTime): bigint => instantOf(time).nanoseconds;

/** A point in time for sorting, with all digits that were sent. */
export interface Instant {
  /** Whole nanoseconds since 1970. */
  readonly nanoseconds: bigint;
  /** Further digits, without trailing zeros; mostly none. */
  readonly rest: string;
}

/** Sorts before all times: a row without a time comes last in a list that is sorted newest first. */
export const NO_INSTANT: Instant = { nanoseconds: -(10n ** 27n), rest: '' };

export function instantOf(time: DateTime): Instant {
  const match = RFC_3339.exec(time);
  if (match !== null && exists(match)) return instant(match);
  throw new TypeError(`not an RFC 3339 time: ${JSON.stringify(time)}`);
}

export function compareInstants(a: Instant, b: Instant): number {
  if (a.nanoseconds !== b.nanoseconds) return a.nanoseconds < b.nanoseconds ? -1 : 1;
  return a.rest < b.rest ? -1 : a.rest > b.rest ? 1 : 0;
}

/** Text of an instant, for cursors: the nanoseconds, and the further digits where there are any. */
export const instantText = ({ nanoseconds, rest }: Instant): string =>
  rest === '' ? String(nanoseconds) : `${nanoseconds}.${rest}`;

/** Parses the text of {@link instantText}. */
export function instantOfText(text: string): Instant {
  const [nanoseconds = '0', rest = ''] = text.split('.');
  return { nanoseconds: BigInt(nanoseconds), rest };
}

export function compareDateTimes(a: DateTime, b: DateTime): number {
  return a === b ? 0 : compareInstants(instantOf(a), instantOf(b));
}

export function dateTime(date: Date): DateTime {
  return date.toISOString() as DateTime;
}

function instant([, year, month, day, hour, minute, second, fraction = '', , ...zone]: readonly string[]): Instant {
  const [sign, offsetHour = '0', offsetMinute = '0'] = zone;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Math.min(Number(second), 59));
  const offsetMinutes = (sign === '-' ? -1 : 1) * (Number(offsetHour) * 60 + Number(offsetMinute));
  // JavaScript has no leap seconds: a leap second sorts after the second before it and before the next one.
  const digits = second === '60' ? '999999999' : fraction;
  return {
    nanoseconds:
      BigInt(date.getTime() - offsetMinutes * 60_000) * 1_000_000n + BigInt(digits.slice(0, 9).padEnd(9, '0')),
    rest: digits.length <= 9 ? '' : digits.slice(9).replace(/0+$/, ''),
  };
}

/** Without a Date, for speed: every movement of every transaction is checked here. */
function exists(match: readonly string[]): boolean {
  const [, year, month, day, hour, minute, second, , , , offsetHour = '0', offsetMinute = '0'] = match;
  return (
    Number(day) >= 1 &&
    Number(day) <= daysIn(Number(year), Number(month)) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) <= 60 &&
    Number(offsetHour) < 24 &&
    Number(offsetMinute) < 60
  );
}

/** Days of a month, 1 to 12; 0 for an invalid month. */
export function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
