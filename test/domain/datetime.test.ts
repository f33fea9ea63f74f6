import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDateTimes, dateTime, epochNanoseconds, parseDateTime } from '../../src/domain/datetime.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** Days, hours and so on that may or may not exist. */
const parts = fc.record({
  year: fc.oneof(fc.integer({ min: 1600, max: 2400 }), fc.constantFrom(1900, 2000, 2023, 2024, 2100)),
  month: fc.integer({ min: 0, max: 13 }),
  day: fc.integer({ min: 0, max: 32 }),
  hour: fc.integer({ min: 0, max: 24 }),
  minute: fc.integer({ min: 0, max: 60 }),
  second: fc.integer({ min: 0, max: 59 }),
});

describe('a time', () => {
  it('is one exactly when the calendar has it', () => {
    fc.assert(
      fc.property(parts, ({ year, month, day, hour, minute, second }) => {
        const text = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}Z`;
        const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
        const exists = date.toISOString() === text.replace('Z', '.000Z');
        expect(parseDateTime(text)).toBe(exists ? text : undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '2021-06-24T19:59:15.474241+00:00',
    '2021-02-18T08:21:02+00:00',
    '2022-06-10T07:49:26.341Z',
    '2016-12-31T23:59:60Z',
    '2024-02-29 00:00:00.123456789-23:59',
    '2021-01-01T00:00:00.123456789012Z',
  ])('keeps the text it came as: %s', (text) => {
    expect(parseDateTime(text)).toBe(text);
  });

  it.each([
    '-1000000000-01-01T00:00:00Z',
    '2021-02-29T00:00:00Z',
    '2021-13-01T00:00:00Z',
    '2021-01-01T24:00:00Z',
    '2021-01-01T00:00:61Z',
    '2021-01-01T00:00:00',
    '2021-01-01',
    '2021-01-01T00:00:00+24:00',
    '',
  ])('is not %j', (text) => {
    expect(parseDateTime(text)).toBeUndefined();
  });

  it('is compared by when it is, to the last digit, whatever its offset and precision', () => {
    const time = (text: string) => parseDateTime(text) ?? dateTime(new Date(Number.NaN));
    const zulu = time('2022-06-10T07:49:26.1Z');
    expect(compareDateTimes(zulu, zulu)).toBe(0);
    expect(compareDateTimes(zulu, time('2022-06-10T09:49:26.100000+02:00'))).toBe(0);
    expect(compareDateTimes(zulu, time('2022-06-10T07:49:26.100000001Z'))).toBe(-1);
    expect(compareDateTimes(time('2022-06-10T07:49:26.2-00:01'), zulu)).toBe(1);
    expect(compareDateTimes(zulu, time('2022-06-10T07:49:26.100000000001Z'))).toBe(-1);
    expect(compareDateTimes(zulu, time('2022-06-10T09:49:26.10000000000000+02:00'))).toBe(0);
    expect(compareDateTimes(time('2016-12-31T23:59:60Z'), time('2016-12-31T23:59:59.9Z'))).toBe(1);
    expect(compareDateTimes(time('2016-12-31T23:59:60.9Z'), time('2017-01-01T00:00:00Z'))).toBe(-1);
    expect(epochNanoseconds(time('1970-01-01T00:00:01.000000001+00:00'))).toBe(1_000_000_001n);
  });
});
