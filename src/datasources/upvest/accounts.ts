import type { BrokerAccount, BrokerLink } from '../../domain/broker.ts';
import type { AccountGroup } from '../../domain/broker-payments.ts';
import type { AccountGroupId, AccountId, BrokerageUserId } from '../../domain/ids.ts';
import { sameId } from './fields.ts';
import type { UpvestReader } from './reader.ts';
import type { ReadOptions, SharedResource } from './shared-resource.ts';
import { accountGroupWire, accountWire } from './wire.ts';

export interface AccountsOptions {
  readonly reader: UpvestReader;
  readonly single: SharedResource<BrokerAccount | null>;
  readonly groups: SharedResource<AccountGroup | null>;
  readonly accounts: SharedResource<readonly BrokerAccount[] | null>;
}

/** Account groups and their accounts. Upvest has no call for the accounts of a group: those of its users are filtered. */
export class Accounts {
  readonly #options: AccountsOptions;

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /** Null where Upvest knows no such group. */
  async group(id: AccountGroupId, options: ReadOptions = {}): Promise<AccountGroup | null> {
    const { groups, reader } = this.#options;
    return await groups.read(id, options, (inner) =>
      reader.one(`/account_groups/${encodeURIComponent(id)}`, 'upvest.accountGroups.get', accountGroupWire, inner),
    );
  }

  /** Null where Upvest knows no such account. */
  async byId(id: AccountId, options: ReadOptions = {}): Promise<BrokerAccount | null> {
    const { single, reader } = this.#options;
    return await single.read(id, options, (inner) =>
      reader.one(`/accounts/${encodeURIComponent(id)}`, 'upvest.accounts.get', accountWire, inner),
    );
  }

  /** Upvest's users of a portfolio. Without the user's id the group says whose it is (one call more). */
  async usersOf(link: BrokerLink, options: ReadOptions = {}): Promise<readonly BrokerageUserId[]> {
    if (link.brokerageUserId !== null) return [link.brokerageUserId];
    return (await this.group(link.accountGroupId, options))?.userIds ?? [];
  }

  /** The accounts of a portfolio; none where Upvest knows no such user or group. */
  async ofLink(link: BrokerLink, options: ReadOptions = {}): Promise<readonly BrokerAccount[]> {
    const users = await this.usersOf(link, options);
    const lists = await Promise.all(users.map((user) => this.ofUser(user, options)));
    // An account of two owners is in both lists.
    const found = new Map(lists.flat().map((account) => [account.id, account]));
    return [...found.values()].filter((account) => sameId(account.accountGroupId, link.accountGroupId));
  }

  /** None where Upvest knows no such user. */
  async ofUser(user: BrokerageUserId, options: ReadOptions = {}): Promise<readonly BrokerAccount[]> {
    const { accounts, reader } = this.#options;
    const list = await accounts.read(user, options, (inner) =>
      reader.all(
        `/users/${encodeURIComponent(user)}/accounts`,
        {
          resource: 'account',
          operation: 'upvest.accounts.list',
          schema: accountWire,
          keyOf: (account) => account.id,
        },
        inner,
      ),
    );
    return list ?? [];
  }
}
