import { describe, expect, it } from 'vitest';
import { daysLater, daysOf, isWithin, parseDay, readDay } from '../../src/domain/calendar-day.ts';

const day = (text: string) => {
  const parsed = parseDay(text);
  if (parsed === undefined) throw new TypeError(text);
  return parsed;
};

describe('a calendar day', () => {
  it('is an existing day in one form', () => {
    for (const text of ['2026-11-20', '2024-02-29', '0000-01-01', '9999-12-31']) expect(parseDay(text)).toBe(text);
    for (const text of ['2026-02-30', '2023-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '20261120', '', 'today'])
      expect(parseDay(text)).toBeUndefined();
    expect(parseDay('2026-11-20T00:00:00Z')).toBeUndefined();
    expect(parseDay(' 2026-11-20')).toBeUndefined();
  });

  it('is read from times of any offset as the day in UTC', () => {
    expect(readDay('2026-03-02T00:30:00+02:00')).toBe('2026-03-01');
    expect(readDay('2026-03-01T23:30:00-02:00')).toBe('2026-03-02');
    expect(readDay('2026-03-01T23:59:59.999999999Z')).toBe('2026-03-01');
    expect(readDay('2026-03-01')).toBe('2026-03-01');
    expect(readDay('0001-01-01T00:00:00Z')).toBe('0001-01-01');
    expect(readDay('2026-02-30')).toBeUndefined();
    expect(readDay('0000-01-01T00:00:00+01:00')).toBeUndefined();
  });

  it('counts days over months, leap days and years', () => {
    expect(daysLater(day('2024-02-28'), 1)).toBe('2024-02-29');
    expect(daysLater(day('2026-12-31'), 1)).toBe('2027-01-01');
    expect(daysLater(day('2026-03-01'), -1)).toBe('2026-02-28');
    expect(daysLater(day('9999-12-31'), 1)).toBe('9999-12-31');
    expect(daysLater(day('9999-12-01'), 999)).toBe('9999-12-31');
    expect(daysOf({ from: day('2026-01-01'), to: day('2026-01-01') })).toBe(1);
    expect(daysOf({ from: day('2024-01-01'), to: day('2024-12-31') })).toBe(366);
    expect(daysOf({ from: day('2026-01-02'), to: day('2026-01-01') })).toBe(0);
  });

  it('is within a range that includes both ends', () => {
    const range = { from: day('2026-01-30'), to: day('2026-02-01') };
    expect(
      ['2026-01-29', '2026-01-30', '2026-01-31', '2026-02-01', '2026-02-02']
        .map(day)
        .map((each) => isWithin(each, range)),
    ).toEqual([false, true, true, true, false]);
  });
});
