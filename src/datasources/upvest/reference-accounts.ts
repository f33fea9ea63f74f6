import type { ReferenceAccount } from '../../domain/broker.ts';
import type { BrokerageUserId } from '../../domain/ids.ts';
import { knownOf, type Rows, type UpvestReader } from './reader.ts';
import type { ReadOptions, SharedResource } from './shared-resource.ts';
import { referenceAccountWire } from './wire.ts';

/** The bank accounts of a user that Upvest may pay out to, IBANs masked. Throws where it knows no such user. */
export async function readReferenceAccounts(
  reader: UpvestReader,
  shared: SharedResource<Rows<ReferenceAccount> | null>,
  user: BrokerageUserId,
  options: ReadOptions,
): Promise<Rows<ReferenceAccount>> {
  const accounts = await shared.read(user, options, (inner) =>
    reader.all(
      `/users/${encodeURIComponent(user)}/payments/reference_accounts`,
      {
        resource: 'referenceAccount',
        operation: 'upvest.referenceAccounts.list',
        schema: referenceAccountWire,
        keyOf: (account) => account.id,
      },
      inner,
    ),
  );
  const { rows, unreadable } = knownOf(accounts);
  return { rows: rows.map((account) => ({ ...account, userId: user })), unreadable };
}
