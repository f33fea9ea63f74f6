import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDateTimes, type DateTime, instantOf, instantOfText, instantText } from '../../src/domain/datetime.ts';
import { readDateTime } from '../../src/domain/written-time.ts';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

const read = (text: string): DateTime => {
  const time = readDateTime(text);
  if (time === undefined) throw new Error(`not read: ${text}`);
  return time;
};

describe('a time as another system wrote it', () => {
  it('is the same instant in every form, as RFC 3339, with its digits', () => {
    const time = fc.date({
      min: new Date('1900-01-02T00:00:00Z'),
      max: new Date('2200-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    const fraction = fc.stringMatching(/^\d{1,30}$/);
    const offset = fc.integer({ min: -23 * 60, max: 23 * 60 });
    fc.assert(
      fc.property(time, fraction, offset, (date, digits, minutes) => {
        const local = new Date(date.getTime() + minutes * 60_000).toISOString();
        const [day, clock] = [local.slice(0, 10), local.slice(11, 19)];
        const absolute = Math.abs(minutes);
        const hh = String(Math.floor(absolute / 60)).padStart(2, '0');
        const mm = String(absolute % 60).padStart(2, '0');
        const sign = minutes < 0 ? '-' : '+';
        const expected = read(`${day}T${clock}.${digits}${sign}${hh}:${mm}`);
        const forms = [
          `${day} ${clock}.${digits}${sign}${hh}:${mm}`,
          `${day}t${clock},${digits}${sign}${hh}${mm}`,
          `${day} ${clock}.${digits} ${sign}${hh}${mm}`,
          `${day.replaceAll('-', '')}T${clock.replaceAll(':', '')}.${digits}${sign}${hh}${mm}`,
        ];
        for (const form of forms) {
          expect(read(form)).toMatch(RFC_3339);
          expect(compareDateTimes(read(form), expected)).toBe(0);
          expect(read(form)).toContain(`.${digits}`);
        }
        expect(instantOfText(instantText(instantOf(expected)))).toEqual(instantOf(expected));
      }),
    );
  });

  it('without offset is UTC', () => {
    expect(read('2024-03-01T08:00:00.5')).toBe('2024-03-01T08:00:00.5+00:00');
    expect(read('2024-03-01 08:00')).toBe('2024-03-01T08:00:00+00:00');
    expect(read('2024-03-01')).toBe('2024-03-01T00:00:00+00:00');
  });

  it.each([
    ['2024-12-31T24:00:00.000+02:00', '2025-01-01T00:00:00.000+02:00'],
    ['2024-02-28T24:00Z', '2024-02-29T00:00:00Z'],
    ['2017-01-01T00:59:60+01:00', '2017-01-01T00:59:60+01:00'],
    ['2017-01-01T23:59:60.25+01:00', '2017-01-02T00:00:00.25+01:00'],
    ['2024-03-01T10Z', '2024-03-01T10:00:00Z'],
  ])('%s is %s', (text, told) => {
    expect(readDateTime(text)).toBe(told);
  });

  it.each([
    '-1000000000-01-01T00:00:00Z',
    '2024-02-30T24:00:00Z',
    '2024-01-01T24:00:01Z',
    '2024-01-01T23:60:60Z',
    '2024-0101T00:00:00Z',
    '2024-01-01T10:3000Z',
    '2024-01-01T10:30.5Z',
    '2024-01-01T10:00:00 CET',
    '9999-12-31T24:00:00Z',
    '1709280000',
    `2024-01-01T10:00:00.${'1'.repeat(60)}Z`,
    `2024-01-01${' '.repeat(100_000)}`,
    '',
  ])('is not %j', (text) => {
    expect(readDateTime(text)).toBeUndefined();
  });
});
