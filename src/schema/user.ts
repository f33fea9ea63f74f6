import type { BankAccount, User } from '../domain/user.ts';
import { vouched } from './builder.ts';
import type { SchemaParts } from './parts.ts';

export function addUser({ builder, node, refs }: SchemaParts) {
  const bankAccount = builder.objectRef<BankAccount>('BankAccount').implement({
    description: 'A bank account.',
    fields: (t) => ({
      bankAccountNumber: t.exposeString('bankAccountNumber', {
        nullable: false,
        description: 'Number of the account: IBAN or national number.',
      }),
      bankAccountNumberType: t.exposeString('bankAccountNumberType', {
        description: 'Type of bankAccountNumber: IBAN or ABA.',
      }),
      bankId: t.exposeString('bankId', { description: 'Id of the bank: BIC or ABA routing number.' }),
      bankIdType: t.exposeString('bankIdType', { description: 'Type of bankId: BIC or ABA.' }),
    }),
  });
  builder.objectType(refs.user, {
    description: 'A customer in InvestSuite. Visible to the customer and to operators.',
    interfaces: [node],
    isTypeOf: (value) => isUser(value),
    authScopes: vouched,
    fields: (t) => ({
      externalId: t.exposeString('externalId', { description: 'Id that the integrator gave the user.' }),
      firstName: t.exposeString('firstName', { description: 'First name.' }),
      lastName: t.exposeString('lastName', { description: 'Last name.' }),
      language: t.exposeString('language', { description: 'Language tag of the user, e.g. en-US.' }),
      status: t.exposeString('status', { description: 'Status in InvestSuite, e.g. ACTIVE.' }),
      counterAccount: t.expose('counterAccount', {
        type: bankAccount,
        description: 'The bank account that withdrawals are paid to; null where there is none.',
      }),
    }),
  });
}

const isUser = (value: unknown): value is User =>
  typeof value === 'object' && value !== null && 'counterAccount' in value;
