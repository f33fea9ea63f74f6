import type { BrokerAccount, BrokerLink } from '../../domain/broker.ts';
import type { AccountGroup } from '../../domain/broker-payments.ts';
import type { AccountGroupId, AccountId, BrokerageUserId } from '../../domain/ids.ts';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import { sameId } from './fields.ts';
import { joinRows, knownOf, mayHave, NO_ROWS, type Rows, type UpvestReader } from './reader.ts';
import type { ReadOptions, SharedResource } from './shared-resource.ts';
import { accountGroupWire, accountWire } from './wire.ts';

export interface AccountsOptions {
  readonly reader: UpvestReader;
  readonly single: SharedResource<BrokerAccount | null>;
  readonly groups: SharedResource<AccountGroup | null>;
  readonly accounts: SharedResource<Rows<BrokerAccount> | null>;
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

  /**
   * Upvest's users of a portfolio. Without the user's id the group says whose it is (one call more). Throws where that is
   * not known: see {@link ownersOf}.
   */
  async usersOf(link: BrokerLink, options: ReadOptions = {}): Promise<readonly BrokerageUserId[]> {
    return link.brokerageUserId === null ? await this.ownersOf(link.accountGroupId, options) : [link.brokerageUserId];
  }

  /**
   * Whose a group is. Throws an UpstreamRefusedReadError where Upvest knows no such group, and an
   * UpstreamInvalidAnswerError where it names no user: the group of a business has none, and what is the business's is
   * listed elsewhere, so that it is not known here. An empty list would say that there is nothing.
   */
  async ownersOf(id: AccountGroupId, options: ReadOptions = {}): Promise<readonly BrokerageUserId[]> {
    const group = knownOf(await this.group(id, options));
    if (group.userIds.length > 0) return group.userIds;
    throw new UpstreamInvalidAnswerError('UPVEST', 'upvest.accountGroups.get: a group without users');
  }

  /** The accounts of a portfolio. Throws where they are not known: no such user or group, or a group of others. */
  async ofLink(link: BrokerLink, options: ReadOptions = {}): Promise<Rows<BrokerAccount>> {
    const users = await this.usersOf(link, options);
    const lists = await Promise.all(users.map((user) => this.#ofUser(user, options)));
    // An account of two owners is in both lists.
    const { rows, unreadable: all } = joinRows(lists.map(knownOf));
    const found = new Map(rows.map((account) => [account.id, account]));
    const own = [...found.values()].filter((account) => sameId(account.accountGroupId, link.accountGroupId));
    const unreadable = all.filter((row) => mayHave(row, 'account_group_id', link.accountGroupId));
    const none = own.length === 0 && unreadable.length === 0;
    if (none && link.brokerageUserId !== null) await this.#expectOwner(link, options);
    return { rows: own, unreadable };
  }

  /** A user without accounts in the group has none there, or the group is somebody else's. */
  async #expectOwner({ accountGroupId, brokerageUserId }: BrokerLink, options: ReadOptions): Promise<void> {
    const owners = await this.ownersOf(accountGroupId, options);
    if (owners.some((owner) => sameId(owner, brokerageUserId ?? ''))) return;
    throw new UpstreamInvalidAnswerError('UPVEST', 'upvest.accountGroups.get: the user is not among its users');
  }

  /** None where Upvest knows no such user. */
  async ofUser(user: BrokerageUserId, options: ReadOptions = {}): Promise<Rows<BrokerAccount>> {
    return (await this.#ofUser(user, options)) ?? NO_ROWS;
  }

  async #ofUser(user: BrokerageUserId, options: ReadOptions): Promise<Rows<BrokerAccount> | null> {
    const { accounts, reader } = this.#options;
    return await accounts.read(user, options, (inner) =>
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
  }
}
