import { z } from 'zod';
import type { BrokerAccount, BrokerLink } from '../../domain/broker.ts';
import { ACCOUNT_GROUP_STATUSES, type AccountGroup } from '../../domain/broker-payments.ts';
import type { AccountGroupId, AccountId, BrokerageUserId } from '../../domain/ids.ts';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import { listOf, oneOf, sameNames } from '../upstream/fields.ts';
import { joinRows, NO_ROWS, type Rows } from '../upstream/rows.ts';
import type { ReadOptions } from '../upstream/shared-resource.ts';
import { accountGroupId, accountId, at, brokerageUserId, mayHave, sameId } from './fields.ts';
import { knownOf, type Read, type UpvestReads } from './reads.ts';

/** A user of a role other than owner counts too. */
const accountGroupWire = z
  .object({
    id: accountGroupId,
    status: oneOf(ACCOUNT_GROUP_STATUSES, 'UNKNOWN'),
    users: listOf(z.object({ id: brokerageUserId })),
  })
  .transform(({ users, ...row }): AccountGroup => ({ ...row, userIds: users.map(({ id }) => id) }));

const accountWire = sameNames({ id: accountId, account_group_id: accountGroupId });

/** Account groups and their accounts. Upvest has no call for the accounts of a group: those of its users are filtered. */
export class Accounts {
  /** Null where Upvest knows no such group. */
  readonly group: Read<AccountGroupId, AccountGroup | null>;
  /** Null where Upvest knows no such account. */
  readonly byId: Read<AccountId, BrokerAccount | null>;
  readonly #ofUser: Read<BrokerageUserId, Rows<BrokerAccount> | null>;

  constructor(reads: UpvestReads) {
    this.group = reads.one({
      operation: 'upvest.accountGroups.get',
      path: (id: AccountGroupId) => at`/account_groups/${id}`,
      schema: accountGroupWire,
    });
    this.byId = reads.one({
      operation: 'upvest.accounts.get',
      path: (id: AccountId) => at`/accounts/${id}`,
      schema: accountWire,
    });
    this.#ofUser = reads.list({
      resource: 'account',
      operation: 'upvest.accounts.list',
      path: (user: BrokerageUserId) => at`/users/${user}/accounts`,
      schema: accountWire,
      keyOf: (account) => account.id,
    });
  }

  /**
   * Upvest's users of a portfolio. Where the link has no user, the group names it (one more call). Throws where that is
   * unknown: see {@link ownersOf}.
   */
  async usersOf(link: BrokerLink, options: ReadOptions = {}): Promise<readonly BrokerageUserId[]> {
    return link.brokerageUserId === null ? await this.ownersOf(link.accountGroupId, options) : [link.brokerageUserId];
  }

  /**
   * The users of a group. Throws an UpstreamRefusedReadError where Upvest does not know the group, and an
   * UpstreamInvalidAnswerError where it names no user: the group of a business has none, and its data is listed
   * elsewhere. An empty list would claim that there is nothing.
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
}
