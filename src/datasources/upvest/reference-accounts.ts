import type { ReferenceAccount } from '../../domain/broker.ts';
import type { BrokerageUserId } from '../../domain/ids.ts';
import { optionalText, sameNames, text } from '../upstream/fields.ts';
import type { Rows } from '../upstream/rows.ts';
import { at } from './fields.ts';
import type { Read, UpvestReads } from './reads.ts';

const referenceAccountWire = sameNames({
  id: text,
  name: optionalText,
  account_owner: optionalText,
  iban: optionalText,
}).transform(
  ({ accountOwner: owner, iban, ...row }): ReferenceAccount => ({ ...row, owner, iban: iban && maskIban(iban) }),
);

/** The bank accounts of a user that Upvest may pay out to, IBANs masked. Throws where it knows no such user. */
export function referenceAccountsOfUser(reads: UpvestReads): Read<BrokerageUserId, Rows<ReferenceAccount>> {
  const accounts = reads.listOfKnown({
    resource: 'referenceAccount',
    operation: 'upvest.referenceAccounts.list',
    path: (user: BrokerageUserId) => at`/users/${user}/payments/reference_accounts`,
    schema: referenceAccountWire,
    keyOf: (account) => account.id,
  });
  return async (userId, options) => {
    const { rows, unreadable } = await accounts(userId, options);
    return { rows: rows.map((account) => ({ ...account, userId })), unreadable };
  };
}

/**
 * Upvest's answers are documented as masked; a tenant that sees whole IBANs must not show them. First and last four
 * characters remain, as in Upvest's own mask.
 */
export function maskIban(iban: string): string {
  const compact = iban.replace(/\s+/g, '');
  if (compact.length <= 8) return '*'.repeat(compact.length);
  return compact.slice(0, 4) + '*'.repeat(compact.length - 8) + compact.slice(-4);
}
