import { type DateTime, daysIn, isPlain, parseDateTime } from './datetime.ts';

/*
 * Times as other systems write them. Nothing of a time is lost: its digits and its offset stay as they were
 * sent, only the form becomes RFC 3339. What has no offset is UTC, as both upstreams run in it; a day is its beginning.
 *
 *     2024-03-01T08:00:00.123456789012Z   as it is
 *     2024-03-01 08:00                    2024-03-01T08:00:00+00:00
 *     20240301T080000,5+0130              2024-03-01T08:00:00.5+01:30
 *     2024-03-01T24:00:00Z                2024-03-02T00:00:00Z
 *     2024-03-01 08:00:00 +0000 UTC       2024-03-01T08:00:00+00:00
 *     2024-03-01T08:00:00+01:00[Europe/Brussels]   without what is in brackets
 */

/** ISO 8601 in its basic and extended format, and the formats that Go, Java, PostgreSQL and Python print. */
const WRITTEN = new RegExp(
  [
    /^(?<year>\d{4})(?<dash>-?)(?<month>\d{2})\k<dash>(?<day>\d{2})/,
    /(?:(?:T|\s+)(?<hour>\d{2})(?:(?<colon>:?)(?<minute>\d{2})(?:\k<colon>(?<second>\d{2})(?:[.,](?<fraction>\d{1,50}))?)?)?)?/,
    /\s*(?:(?<utc>Z|UTC|GMT)|(?<sign>[+-])(?<offsetHour>\d{2})(?::?(?<offsetMinute>\d{2}))?(?: [A-Z]{1,5})?)?(?:\[[^\]]*\])*$/,
  ]
    .map(({ source }) => source)
    .join(''),
  'i',
);

const MAX_LENGTH = 200;

/** The time in RFC 3339; undefined where the text is not an existing time (2021-02-30, -1000000000-01-01…). */
export function readDateTime(text: string): DateTime | undefined {
  const exact = parseDateTime(text);
  if (exact !== undefined && isPlain(exact)) return exact;
  const parts = text.length > MAX_LENGTH ? undefined : WRITTEN.exec(text)?.groups;
  return parts === undefined ? undefined : rewritten(parts);
}

/** As {@link readDateTime}, for RFC 3339 only: `T`, `t` or a space, with seconds and an offset. */
export const readRfc3339 = (text: string): DateTime | undefined =>
  parseDateTime(text) === undefined ? undefined : readDateTime(text);

type Parts = Readonly<Record<string, string | undefined>>;

function rewritten(parts: Parts): DateTime | undefined {
  const { year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction } = parts;
  const digits = fraction === undefined ? '' : `.${fraction}`;
  const zone = zoneOf(parts);
  const endOfDay = hour === '24' && /^0+$/.test(minute + second + (fraction ?? ''));
  const at = { year, month, day, hour: endOfDay ? '00' : hour, minute };
  const start = `${year}-${month}-${day}T${at.hour}:${minute}`;
  const written = parseDateTime(`${start}:${second}${digits}${zone}`);
  if (written === undefined) return undefined;
  if (endOfDay) return parseDateTime(`${minutesLater(at, 24 * 60)}:00${digits}${zone}`);
  // Second 60 of a minute without a leap second is the beginning of the next minute.
  if (second === '60' && !mayBeLeap(at, zone)) return parseDateTime(`${minutesLater(at, 1)}:00${digits}${zone}`);
  return written;
}

function zoneOf({ utc, sign, offsetHour, offsetMinute = '00' }: Parts): string {
  if (utc !== undefined) return 'Z';
  return sign === undefined || offsetHour === undefined ? '+00:00' : `${sign}${offsetHour}:${offsetMinute}`;
}

interface Minute {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
}

function minutesLater(at: Minute, minutes: number): string {
  return new Date(epochMinutes(at, minutes)).toISOString().slice(0, 16);
}

/** Leap seconds end the last day of a month in UTC. */
function mayBeLeap(at: Minute, zone: string): boolean {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):(\d{2})$/.exec(zone) ?? [];
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const utc = new Date(epochMinutes(at, -offset));
  return (
    utc.getUTCHours() === 23 &&
    utc.getUTCMinutes() === 59 &&
    utc.getUTCDate() === daysIn(utc.getUTCFullYear(), utc.getUTCMonth() + 1)
  );
}

/** Milliseconds since 1970 of a minute, `later` minutes on. */
function epochMinutes({ year, month, day, hour, minute }: Minute, later: number): number {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute) + later);
  return date.getTime();
}
