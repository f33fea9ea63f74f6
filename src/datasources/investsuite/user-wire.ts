import { z } from 'zod';
import { parseUserId } from '../../domain/ids.ts';
import type { BankAccount, User } from '../../domain/user.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import { externalId, invalidAnswer, looseBoolean, looseText, read } from './wire-values.ts';

const counterAccountShape = z.object({
  bank_account_number: z.string().min(1),
  bank_account_number_type: looseText,
  // The vendor's POST example has this name for the same thing.
  bank_account_type: looseText,
  bank_id: looseText,
  bank_id_type: looseText,
});

/** `GET /users/{id}`: what we use of it. Only the id must be there: `{}` is a valid user. */
const userShape = z.object({
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
  const wire = read(userShape, 'user', value);
  if (wire.deleted === true) return null;
  const id = parseUserId(wire.id);
  if (id === undefined) throw invalidAnswer('user: id');
  return {
    id,
    externalId: externalId(wire.external_id),
    firstName: wire.first_name ?? null,
    lastName: wire.last_name ?? null,
    language: wire.language ?? null,
    status: wire.status ?? null,
    counterAccount: counterAccount(wire.counter_account),
  };
}

function counterAccount(account: z.output<typeof userShape>['counter_account']): BankAccount | null {
  if (account === null || account === undefined) return null;
  return {
    bankAccountNumber: account.bank_account_number,
    bankAccountNumberType: account.bank_account_number_type ?? account.bank_account_type ?? null,
    bankId: account.bank_id ?? null,
    bankIdType: account.bank_id_type ?? null,
  };
}
