/**
 * A point in time as the upstream wrote it (RFC 3339, any precision): `2021-06-24T19:59:15.474241+00:00`. Kept as text,
 * because a JavaScript Date would cut the microseconds off.
 */
export type DateTime = string & { readonly __brand: 'DateTime' };

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,50})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Returns the text where it is an existing RFC 3339 time; undefined otherwise (2021-02-30, -1000000000-01-01…). */
export function parseDateTime(text: string): DateTime | undefined {
  return isDateTime(text) ? text : undefined;
}

/** True where a time needs no rewriting: `T` and `Z` in upper case, no leap second. */
export const isPlain = (time: DateTime): boolean =>
  time.charCodeAt(10) === LETTER_T &&
  time.charCodeAt(time.length - 1) !== LETTER_SMALL_Z &&
  time.charCodeAt(17) !== DIGIT_6;

const LETTER_T = 0x54;
const LETTER_SMALL_Z = 0x7a;
const LOWER_CASE = 0x20;
const DIGIT_0 = 0x30;
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
  if (isDateTime(time)) return instant(time);
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

function instant(time: DateTime): Instant {
  const date = new Date(0);
  date.setUTCFullYear(yearOf(time), twoDigits(time, 5) - 1, twoDigits(time, 8));
  date.setUTCHours(twoDigits(time, 11), twoDigits(time, 14), Math.min(twoDigits(time, 17), 59));
  const { sign, hours, minutes, at } = offsetOf(time);
  // JavaScript has no leap seconds: a leap second sorts after the second before it and before the next one.
  const digits = twoDigits(time, 17) === 60 ? '999999999' : time.slice(20, at);
  return {
    nanoseconds:
      BigInt(date.getTime() - sign * (hours * 60 + minutes) * 60_000) * 1_000_000n +
      BigInt(digits.slice(0, 9).padEnd(9, '0')),
    rest: digits.length <= 9 ? '' : digits.slice(9).replace(/0+$/, ''),
  };
}

/**
 * Whether the text is RFC 3339 and such a time exists. By the places of its digits, without a match or a Date: every movement of every
 * transaction is checked here.
 */
function isDateTime(text: string): text is DateTime {
  if (!RFC_3339.test(text)) return false;
  const day = twoDigits(text, 8);
  const { hours, minutes } = offsetOf(text);
  return (
    day >= 1 &&
    day <= daysIn(yearOf(text), twoDigits(text, 5)) &&
    twoDigits(text, 11) < 24 &&
    twoDigits(text, 14) < 60 &&
    twoDigits(text, 17) <= 60 &&
    hours < 24 &&
    minutes < 60
  );
}

const twoDigits = (text: string, at: number): number =>
  (text.charCodeAt(at) - DIGIT_0) * 10 + text.charCodeAt(at + 1) - DIGIT_0;

const yearOf = (text: string): number => twoDigits(text, 0) * 100 + twoDigits(text, 2);

/** The offset at the end of a time, and where it begins. */
function offsetOf(text: string): {
  readonly sign: number;
  readonly hours: number;
  readonly minutes: number;
  readonly at: number;
} {
  const end = text.length;
  if ((text.charCodeAt(end - 1) | LOWER_CASE) === LETTER_SMALL_Z) return { sign: 1, hours: 0, minutes: 0, at: end - 1 };
  const at = end - 6;
  return { sign: text[at] === '-' ? -1 : 1, hours: twoDigits(text, at + 1), minutes: twoDigits(text, end - 2), at };
}

/** Days of a month, 1 to 12; 0 for an invalid month. */
export function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
