/**
 * A point in time as the upstream wrote it (RFC 3339, any precision): `2021-06-24T19:59:15.474241+00:00`. Kept as text,
 * because a JavaScript Date would cut the microseconds off.
 */
export type DateTime = string & { readonly __brand: 'DateTime' };

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;

/** The text itself where it is an RFC 3339 time that exists; undefined otherwise (2021-02-30, -1000000000-01-01…). */
export function parseDateTime(text: string): DateTime | undefined {
  const match = RFC_3339.exec(text);
  return match !== null && exists(match) ? (text as DateTime) : undefined;
}

/** Nanoseconds since 1970, for comparing times of different precision and offset. */
export function epochNanoseconds(time: DateTime): bigint {
  const value = nanoseconds(time);
  if (value === undefined) throw new TypeError(`not an RFC 3339 time: ${JSON.stringify(time)}`);
  return value;
}

export function compareDateTimes(a: DateTime, b: DateTime): number {
  if (a === b) return 0;
  const difference = epochNanoseconds(a) - epochNanoseconds(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The time of a Date, in milliseconds and UTC. */
export function dateTime(date: Date): DateTime {
  return date.toISOString() as DateTime;
}

function nanoseconds(text: string): bigint | undefined {
  const match = RFC_3339.exec(text);
  if (match === null || !exists(match)) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', , sign, offsetHour = '0', offsetMinute = '0'] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // A leap second is the last second of its minute to us, as everywhere in JavaScript.
  date.setUTCHours(Number(hour), Number(minute), Math.min(Number(second), 59));
  const offsetMinutes = (sign === '-' ? -1 : 1) * (Number(offsetHour) * 60 + Number(offsetMinute));
  return BigInt(date.getTime() - offsetMinutes * 60_000) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** Without a Date: every movement of every transaction that is read comes through here. */
function exists(match: RegExpExecArray): boolean {
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

/** Days of a month, 1 to 12; 0 for a month that there is not. */
function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
