import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  compare,
  formatMoney,
  formatNumber,
  formatPercent,
  multiply,
  parseAmount,
  round,
  share,
  subtract,
  sum,
} from '../../client/index.ts';

const Exact = Decimal.clone({ precision: 1_000, toExpNeg: -1_000, toExpPos: 1_000 });
const decimals = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,30})?$/);

describe('arithmetic', () => {
  it('is that of decimal.js with all digits', () => {
    fc.assert(
      fc.property(decimals, decimals, fc.integer({ min: 0, max: 35 }), (a, b, places) => {
        const [x, y] = [new Exact(a), new Exact(b)];
        const plain = (text: string): string => new Exact(text).toFixed();
        expect(plain(add(a, b))).toBe(x.plus(y).toFixed());
        expect(plain(subtract(a, b))).toBe(x.minus(y).toFixed());
        expect(plain(multiply(a, b))).toBe(x.times(y).toFixed());
        expect(compare(a, b)).toBe(x.comparedTo(y));
        expect(plain(round(a, places))).toBe(plain(x.toFixed(places, Decimal.ROUND_HALF_UP)));
        expect(plain(round(a, places, 'half-even'))).toBe(plain(x.toFixed(places, Decimal.ROUND_HALF_EVEN)));
        expect(plain(round(a, places, 'down'))).toBe(plain(x.toFixed(places, Decimal.ROUND_DOWN)));
        if (!y.isZero()) expect(plain(share(a, b, 6))).toBe(plain(x.dividedBy(y).toFixed(6, Decimal.ROUND_HALF_UP)));
      }),
    );
  });

  it.each([
    [add('0.1', '0.2'), '0.3'],
    [add('1e100', '1'), `1${'0'.repeat(99)}1`],
    [sum(['12345678901234.123456789', '-0.000000009', '1']), '12345678901235.12345678'],
    [sum([]), '0'],
    [multiply('2.50', '-4'), '-10'],
    [round('1.005', 2), '1.01'],
    [round('-1.005', 2), '-1.01'],
    [round('5', 2), '5.00'],
    [share('1', '3'), '0.3333'],
    [share('1', '0.00'), '0'],
  ])('%s is %s', (actual, expected) => expect(actual).toBe(expected));

  it.each(['', ' 1', '1.', '.5', '1,5', '0x1', 'NaN', 'Infinity', '1e9999', '--1'])('refuses %j', (text) => {
    expect(() => add(text, '1')).toThrow(TypeError);
  });
});

describe('an amount as people read it', () => {
  it.each([
    [formatMoney('4689.5876341', 'EUR', { locale: 'en' }), '4,689.59\u00a0EUR'],
    [formatMoney('4689.5876341', 'EUR', { locale: 'de' }), '4.689,59\u00a0EUR'],
    [formatMoney('1234567.5', 'JPY', { locale: 'en' }), '1,234,568\u00a0JPY'],
    [formatMoney('1', 'FUND-1', { locale: 'en' }), '1.00\u00a0FUND-1'],
    [formatNumber('12345678901234567890.123456789', { locale: 'en' }), '12,345,678,901,234,567,890.123456789'],
    [formatNumber('1234567.25', { locale: 'en-IN' }), '12,34,567.25'],
    [formatNumber('1234.5', { locale: 'ar-EG' }), '١٬٢٣٤٫٥'],
    [formatNumber('-0.004', { locale: 'en', decimals: 2 }), '0.00'],
    [formatNumber('-0.5', { locale: 'en' }), '\u22120.5'],
    [formatNumber('0.5', { locale: 'en', signed: true }), '+0.5'],
    [formatPercent('0.12345', { locale: 'en' }), '12.3\u00a0%'],
  ])('%s', (actual, expected) => expect(actual).toBe(expected));
});

describe('an amount as people type it', () => {
  it.each([
    ['100', '100'],
    [' 1 234.50 ', '1234.50'],
    ['1,234.5', '1234.5'],
    ['1.234,5', '1234.5'],
    ["1'234'567.89", '1234567.89'],
    ['0,5', '0.5'],
    ['0,125', '0.125'],
    ['1.234', '1.234'],
    ['1,234', undefined],
    ['1,23,4.5', undefined],
    ['-5', undefined],
    ['5-', undefined],
    ['1e3', undefined],
    ['', undefined],
    ['.', undefined],
  ])('%j is %j', (typed, amount) => expect(parseAmount(typed, 'en')).toBe(amount));
});
