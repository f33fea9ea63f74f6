import type { BankAccount, User } from '../domain/user.ts';
import { vouched } from './builder.ts';
import type { SchemaParts } from './parts.ts';

export function addUser({ builder, node, refs }: SchemaParts) {
  const bankAccount = builder.objectRef<BankAccount>('BankAccount').implement({
    description: 'An account at a bank.',
    fields: (t) => ({
      bankAccountNumber: t.exposeString('bankAccountNumber', {
        nullable: false,
        description: 'IBAN or national number.',
      }),
      bankAccountNumberType: t.exposeString('bankAccountNumberType', { description: 'IBAN or ABA.' }),
      bankId: t.exposeString('bankId', { description: 'BIC or ABA routing number of the bank.' }),
      bankIdType: t.exposeString('bankIdType', { description: 'BIC or ABA.' }),
    }),
  });
  builder.objectType(refs.user, {
    description: 'A customer, as InvestSuite knows them. Only the customers themselves and operators see one.',
    interfaces: [node],
    isTypeOf: (value) => isUser(value),
    authScopes: vouched,
    fields: (t) => ({
      externalId: t.exposeString('externalId', { description: "The integrator's own id." }),
      firstName: t.exposeString('firstName', { description: 'First name.' }),
      lastName: t.exposeString('lastName', { description: 'Last name.' }),
      language: t.exposeString('language', { description: 'Language tag, e.g. en-US.' }),
      status: t.exposeString('status', { description: "InvestSuite's status, e.g. ACTIVE." }),
      counterAccount: t.expose('counterAccount', {
        type: bankAccount,
        description: 'The account that is credited on withdrawal.',
      }),
    }),
  });
}

const isUser = (value: unknown): value is User =>
  typeof value === 'object' && value !== null && 'counterAccount' in value;
