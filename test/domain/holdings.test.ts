import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import { mergeHoldings } from '../../src/domain/holdings.ts';
import type { Holding } from '../../src/domain/portfolio.ts';

const line = (instrumentId: string, quantity: string): Holding => ({ instrumentId, quantity: decimal(quantity) });
const current = [line('$USD', '208.086729'), line('LU78464A6644', '18.78'), line('LU4642886612', '9.2243')];

const isins = ['LU78464A6644', 'LU4642886612', 'LU46137V2410', 'LU3160923039', 'LU3160928731', '$USD', '$EUR'];
const lines = (minLength: number) =>
  fc.uniqueArray(
    fc.tuple(fc.constantFrom(...isins), fc.bigInt({ min: 0n, max: 10n ** 20n })).map(([id, n]) => line(id, `${n}.5`)),
    { minLength, selector: ({ instrumentId }) => instrumentId },
  );

describe('holdings', () => {
  it('that are given are set, the rest is kept', () => {
    expect(mergeHoldings(current, [line('LU78464A6644', '20'), line('LU46137V2410', '9')], false)).toEqual({
      kind: 'changed',
      holdings: [current[0], line('LU78464A6644', '20'), current[2], line('LU46137V2410', '9')],
    });
  });

  it('that replace all others leave nothing else', () => {
    expect(mergeHoldings(current, [line('LU46137V2410', '9'), line('$USD', '-1.50')], true)).toEqual({
      kind: 'changed',
      holdings: [line('$USD', '-1.50'), line('LU46137V2410', '9')],
    });
  });

  it('that are unchanged are not sent', () => {
    expect(mergeHoldings(current, [line('LU78464A6644', '18.780')], false)).toEqual({ kind: 'unchanged' });
    expect(mergeHoldings(current, [...current].reverse(), true)).toEqual({ kind: 'unchanged' });
  });

  it.each([
    [[], 'holdings'],
    [[line('gold', '1')], 'holdings[0].instrumentId'],
    [[line('$USD', '1'), line('$USD', '2')], 'holdings[1].instrumentId'],
    [[line('LU78464A6644', '-1')], 'holdings[0].quantity'],
    [[line('$USD', '1e100')], 'holdings[0].quantity'],
  ])('are refused: %j', (given, field) => {
    expect(mergeHoldings(current, given, false)).toMatchObject({ kind: 'invalid', field });
    expect(mergeHoldings(current, given, true)).toMatchObject({ kind: 'invalid', field });
  });

  it('of two updates of different lines end alike in either order, with no line lost', () => {
    const told = (before: readonly Holding[], given: readonly Holding[]): readonly Holding[] => {
      const result = mergeHoldings(before, given, false);
      return result.kind === 'changed' ? result.holdings : before;
    };
    fc.assert(
      fc.property(lines(0), lines(2), (before, given) => {
        const [first = line('$USD', '1'), ...rest] = given;
        const asMap = (holdings: readonly Holding[]) =>
          new Map(holdings.map((one) => [one.instrumentId, one.quantity]));
        const either = asMap(told(told(before, [first]), rest));
        expect(asMap(told(told(before, rest), [first]))).toEqual(either);
        expect(either).toEqual(new Map([...asMap(before), ...asMap(given)]));
      }),
    );
  });
});
