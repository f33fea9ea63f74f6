import { z } from 'zod';
import { parseUserId } from '../../domain/ids.ts';
import type { BankAccount, User } from '../../domain/user.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import { sameNames, text } from '../upstream/fields.ts';
import { externalId, invalidAnswer, looseBoolean, looseText, read } from './fields.ts';

const counterAccountShape = sameNames({
  bank_account_number: text,
  bank_account_number_type: looseText,
  // The vendor's POST example has this name for the same thing.
  bank_account_type: looseText,
  bank_id: looseText,
  bank_id_type: looseText,
}).transform(({ bankAccountType, ...account }): BankAccount => {
  return { ...account, bankAccountNumberType: account.bankAccountNumberType ?? bankAccountType };
});

/** `GET /users/{id}`, the used fields. Only the id is required: `{}` is a valid user. */
const userShape = sameNames({
  id: z.string(),
  external_id: looseText,
  first_name: looseText,
  last_name: looseText,
  language: looseText,
  status: looseText,
  deleted: looseBoolean,
  counter_account: counterAccountShape.nullish().catch(null),
});

/** A user as InvestSuite sends it; null for a deleted one. Throws an UpstreamInvalidAnswerError. */
export function readUser(value: ExactJson): User | null {
  const { deleted, ...user } = read(userShape, 'user', value);
  if (deleted === true) return null;
  const id = parseUserId(user.id);
  if (id === undefined) throw invalidAnswer('user: id');
  return { ...user, id, externalId: externalId(user.externalId) };
}
