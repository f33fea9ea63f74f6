import { describe, expect, it } from 'vitest';
import { abs, add, decimal, multiply, negate, negative, parseDecimal, subtract } from '../../src/domain/decimal.ts';

describe('zero has no sign', () => {
  it.each([
    ['-0', '0'],
    ['-0.00', '0.00'],
    ['-0.0e5', '0'],
    ['-0e-3', '0.000'],
    ['-00', '0'],
    ['-0.01', '-0.01'],
    ['-10', '-10'],
    ['-1e-2', '-0.01'],
  ])('%s is read as %s', (text, value) => {
    expect(parseDecimal(text)).toBe(value);
  });

  it('whatever it is computed from', () => {
    const [zero, one, minusOne] = [decimal('-0.00'), decimal('1.0'), decimal('-1.0')];
    const zeros = [
      add(one, minusOne),
      subtract(one, one),
      multiply(minusOne, zero),
      negate(zero),
      abs(zero),
      negative(zero),
    ];
    for (const value of zeros) expect(value).toMatch(/^0(\.0+)?$/);
  });
});
