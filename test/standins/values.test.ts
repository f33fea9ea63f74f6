import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compared, dividedBy, minus, plus, times, trimmed } from '../../src/standins/values/exact.ts';
import { INVESTSUITE_ID, investSuiteIdOf, newInvestSuiteId, UUID, uuidOf } from '../../src/standins/values/ids.ts';
import { NumberText, num, readJson, withNumbersAsStrings, writeJson } from '../../src/standins/values/json.ts';

const Exact = Decimal.clone({ precision: 200, toExpNeg: -500, toExpPos: 500 });

const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 27 }))
  .map(([units, scale]) => new Exact(units.toString()).dividedBy(new Exact(10).pow(scale)).toFixed());

describe('JSON that keeps its numbers', () => {
  test.each(['12345678901234.123456789', '1e100', '0.1035719', '-206.57', '500.0', '1E-7', '-0'])(
    '%s comes out as it went in',
    (text) => {
      expect(writeJson(readJson(`{"a":[${text}]}`))).toBe(`{"a":[${text}]}`);
    },
  );

  test('any JSON reads as the platform reads it', () => {
    const json = fc.jsonValue().map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(json, (text) => {
        expect(JSON.parse(writeJson(readJson(text)))).toEqual(JSON.parse(text));
      }),
      { numRuns: 50 },
    );
  });

  test.each(['', '{', '[1,]', '{"a":1,}', '01', '+1', '.5', '"a', '"\u0001"', 'nul', '1 2', '{"a" 1}', "{'a':1}"])(
    '%j is refused',
    (text) => {
      expect(() => readJson(text)).toThrow(SyntaxError);
    },
  );

  test('a member called __proto__ is a member', () => {
    expect(Object.keys(Object(readJson('{"__proto__":{"a":1}}')))).toEqual(['__proto__']);
  });

  test('only number text becomes a number', () => {
    expect(() => new NumberText('1,5')).toThrow(TypeError);
    expect(withNumbersAsStrings({ a: num('1.50'), b: [num('2')], c: undefined })).toEqual({ a: '1.50', b: ['2'] });
  });
});

describe('exact sums', () => {
  test('agree with another library', () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        expect(new Exact(plus(a, b)).eq(new Exact(a).plus(b))).toBe(true);
        expect(new Exact(minus(a, b)).eq(new Exact(a).minus(b))).toBe(true);
        expect(new Exact(times(a, b)).eq(new Exact(a).times(b))).toBe(true);
        expect(Math.sign(compared(a, b))).toBe(new Exact(a).comparedTo(b));
      }),
    );
  });

  test('read exponents, cut quotients, drop zeros', () => {
    expect(plus('1e100', '0.5')).toBe(`1${'0'.repeat(100)}.5`);
    expect(dividedBy('1', '3', 4)).toBe('0.3333');
    expect(dividedBy('-1', '3', 2)).toBe('-0.33');
    expect(trimmed('10.400')).toBe('10.4');
    expect(trimmed('100')).toBe('100');
  });
});

describe('ids', () => {
  test('have the vendors’ forms, and the same key gives the same id', () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        expect(investSuiteIdOf('P', key)).toMatch(INVESTSUITE_ID);
        expect(uuidOf(key)).toMatch(UUID);
        expect(uuidOf(key)).toBe(uuidOf(key));
      }),
    );
    expect(newInvestSuiteId('T', new Date())).toMatch(/^T[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  test('ten thousand keys have ten thousand ids', () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `demo/${i}`);
    expect(new Set(keys.map((key) => investSuiteIdOf('T', key))).size).toBe(10_000);
    expect(new Set(keys.map(uuidOf)).size).toBe(10_000);
  });
});
