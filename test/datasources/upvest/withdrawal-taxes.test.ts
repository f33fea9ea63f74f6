import { expect, it } from 'vitest';
import { withdrawalWire } from '../../../src/datasources/upvest/withdrawals.ts';

const tax = (amount: unknown, type: unknown = 'TOTAL', currency: unknown = 'EUR') => ({ type, amount, currency });

it.each([
  ['nothing is said', undefined, null],
  ['it is null', null, null],
  ['the list is empty', [], null],
  ['it is no list', 'none', null],
  ['there is a total', [tax('38.00')], '38.00'],
  ['there is a total beside its parts', [tax('30.00', 'CAPITAL_GAINS'), tax('38.00'), tax('8.00', 'SOLI')], '38.00'],
  ['there are parts only', [tax('30.00', 'CAPITAL_GAINS'), tax('8.5', 'SOLI')], '38.5'],
  ['the total has no currency of its own', [{ type: 'TOTAL', amount: '0.00' }], '0.00'],
  ['it is in another currency', [tax('38.00', 'TOTAL', 'USD')], null],
  ['a part is in another currency', [tax('1', 'A'), tax('2', 'B', 'USD')], null],
  ['a part cannot be read', [tax('1', 'A'), tax('12,0', 'B')], null],
  ['it is a list of something else', [null, 7], null],
])('the taxes of a withdrawal are read where %s', (_what, taxes, expected) => {
  const row = { id: 'w', account_group_id: 'group-1', amount: '200.00', currency: 'EUR', status: 'NEW', taxes };
  expect(withdrawalWire.parse(row).taxes).toBe(expected);
});
