import { describe, expect, it } from 'vitest';
import { explanationOf } from '../../../src/datasources/upstream/explanation.ts';
import { reasonCodeOf } from '../../../src/domain/reason-codes.ts';

const problem = (detail: string, more: object = {}) => ({ type: null, title: null, detail, requestId: null, ...more });
const BODY = JSON.stringify({
  user: { name: 'Zoë Ångström' },
  remittance_information: 'gift, from Bob.',
  currency: 'EUR',
});
const messageOf = (detail: string) =>
  explanationOf(problem(detail), { path: '/users?query=name%20eq%20%27Quill%27', body: BODY })?.message ?? null;

describe('what is kept of an upstream’s words', () => {
  it.each([
    ['names that were sent', 'no account of zoë Ångström', 'no account of …'],
    ['a part of what was sent', 'not allowed: Bob', 'not allowed: …'],
    ['values of the query', 'nobody is called Quill', 'nobody is called …'],
    ['the currency that was sent', 'currency EUR is not supported', 'currency … is not supported'],
    ['ids and amounts', 'P01FJC: 12.50 exceeds 7', '… exceeds …'],
    ['an IBAN with spaces', 'IBAN DE89 3704 0044 0532 0130 00 unknown', 'IBAN … unknown'],
    ['addresses', 'write to jane@doe.example or https://internal.example/x', 'write to … or …'],
    [
      'what is quoted',
      'user “Jane” and \'Doe\' but not "reference_account_id"',
      'user … and … but not reference_account_id',
    ],
    ['control characters', 'bad\u0000 request\r\nSet-Cookie', 'bad request Set-Cookie'],
  ])('%s', (_what, detail, kept) => expect(messageOf(detail)).toBe(kept));

  it('is null where only values are left, and never longer than 200', () => {
    expect(messageOf('8a7b 12')).toBeNull();
    expect(messageOf('word '.repeat(1_000))?.length).toBeLessThanOrEqual(200);
    expect(explanationOf(problem('1', { title: 'Bad request' }), { path: '/' })?.message).toBe('Bad request');
    expect(explanationOf(problem('', { type: 'u123' }), { path: '/' })).toBeUndefined();
  });
});

it.each([
  ['INSUFFICIENT_CASH', 'The available cash is not sufficient'],
  ['CURRENCY_NOT_SUPPORTED', 'currency … is not supported'],
  ['BANK_ACCOUNT_NOT_USABLE', 'reference_account_id is not confirmed'],
  ['ACCOUNT_NOT_ACTIVE', 'The user is blocked'],
  ['AMOUNT_NOT_ACCEPTED', 'amount is below the minimum'],
  ['REFUSED', 'something else'],
])('the code %s for customers: %s', (code, message) => expect(reasonCodeOf({ code: null, message })).toBe(code));
