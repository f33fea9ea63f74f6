import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDecimal, formatMoney, isNegative, isZero, parseAmount } from '../../app/src/money/decimal.ts';

describe('an amount as the front end shows it', () => {
  it.each([
    ['1000.00', '1,000.00'],
    ['12345678901234.123456789', '12,345,678,901,234.123456789'],
    ['-0.1035719', '−0.1035719'],
    ['0', '0.00'],
    ['-0.00', '0.00'],
    ['999', '999.00'],
    ['007.5', '7.50'],
    ['1e100', '1e100'],
    ['not a number', 'not a number'],
  ])('%s is %s', (text, shown) => {
    expect(formatDecimal(text, { decimals: 2 })).toBe(shown);
  });

  it('shows the sign of differences, and none for zero', () => {
    expect(['10', '-10', '0'].map((text) => formatDecimal(text, { signed: true }))).toEqual(['+10', '−10', '0']);
    expect(formatMoney('5', 'EUR')).toBe('5.00\u00a0EUR');
  });

  it('keeps every digit', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{0,40}[1-9])?$/);
    fc.assert(
      fc.property(digits, (text) => {
        const read = formatDecimal(text).replaceAll(',', '').replace('−', '-');
        expect(read).toBe(isZero(text) ? '0' : text);
        expect(isNegative(text)).toBe(text.startsWith('-') && !isZero(text));
      }),
    );
  });
});

describe('an amount as a user types it', () => {
  it.each([
    ['250', '250.00'],
    [' 99,5 ', '99.50'],
    ['0012.34', '12.34'],
    ['0.01', '0.01'],
  ])('%s is %s', (typed, amount) => {
    expect(parseAmount(typed)).toBe(amount);
  });

  it.each(['', '0', '0,00', '-5', '1.234', '1,234.50', '1e3', 'ten', '1.', '.5'])('%j is none', (typed) => {
    expect(parseAmount(typed)).toBeUndefined();
  });
});
