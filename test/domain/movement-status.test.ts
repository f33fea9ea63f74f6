import { describe, expect, it } from 'vitest';
import { isLegalStatusChange } from '../../src/domain/movement-status.ts';
import { MOVEMENT_STATUSES } from '../../src/domain/transaction.ts';

describe('the legal changes of a status', () => {
  const ends = ['EXECUTED', 'SETTLED', 'NOT_EXECUTED', 'EXPIRED', 'CANCELLED'];
  it.each([
    ['PLANNED', ['PENDING', 'PLACED', ...ends]],
    ['PENDING', ['PLACED', ...ends]],
    ['PLACED', ends],
    ['EXECUTED', ['EXECUTED', 'SETTLED', 'CANCELLED']],
    ['SETTLED', []],
    ['NOT_EXECUTED', []],
    ['EXPIRED', []],
    ['CANCELLED', []],
    ['UNKNOWN', []],
  ] as const)('from %s: %j', (from, legal) => {
    expect(MOVEMENT_STATUSES.filter((to) => isLegalStatusChange(from, to))).toEqual(legal);
  });
});
