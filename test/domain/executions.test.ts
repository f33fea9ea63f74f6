import { describe, expect, it } from 'vitest';
import { groupExecutions, movementsOf } from '../../src/domain/executions.ts';
import type { Movement } from '../../src/domain/transaction.ts';
import { movement } from './fixtures.ts';

const EARLY = '2022-06-10T08:00:00Z';
const LATE = '2022-06-10T09:00:00Z';
const fill = (datetime: string, externalId: string | null = null) =>
  movement({ status: 'EXECUTED', datetime, externalId, unitPrice: '10' });
const cash = (datetime: string, referenceExternalId: string | null = null) =>
  movement({ type: 'SELL', status: 'EXECUTED', datetime, instrumentId: '$USD', quantity: '-70', referenceExternalId });

const grouped = (movements: readonly Movement[]) => groupExecutions(movements).map(movementsOf);

describe('the legs of an execution', () => {
  it('are those with the same time, where there are no ids', () => {
    const [first, second] = [fill(EARLY), fill(LATE)];
    const [paidFirst, paidSecond] = [cash('2022-06-10T10:00:00+02:00'), cash(LATE)];
    expect(grouped([movement(), first, second, paidFirst, paidSecond])).toEqual([
      [first, paidFirst],
      [second, paidSecond],
    ]);
    expect(grouped([paidSecond, paidFirst, second, first])).toEqual([
      [second, paidSecond],
      [first, paidFirst],
    ]);
  });

  it('are those that refer to it, at any time', () => {
    const [x, y] = [fill(EARLY, 'x'), fill(EARLY, 'y')];
    const [paidX, paidY] = [cash(LATE, 'x'), cash(EARLY, 'y')];
    expect(grouped([y, x, paidX, paidY])).toEqual([
      [y, paidY],
      [x, paidX],
    ]);
  });

  it('are all of its status, where it is the only one', () => {
    const [only, paid] = [fill(EARLY), cash(LATE)];
    expect(grouped([only, paid])).toEqual([[only, paid]]);
  });

  it('stand alone where their execution is ambiguous', () => {
    const stray = cash('2022-06-10T10:00:00Z');
    expect(grouped([fill(EARLY), fill(LATE), stray]).at(-1)).toEqual([stray]);
    expect(grouped([stray])).toEqual([[stray]]);
  });
});
