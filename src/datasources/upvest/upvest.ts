import type { BrokerAccount, BrokerLink, CashBalance, Position, ReferenceAccount } from '../../domain/broker.ts';
import type {
  AccountGroup,
  BrokerVirtualCash,
  BrokerWithdrawal,
  CashTransaction,
} from '../../domain/broker-payments.ts';
import type { AccountGroupId, AccountId, BrokerageUserId } from '../../domain/ids.ts';
import { wholeOf } from '../../domain/listing.ts';
import type { WriteOutcome } from '../upstream/outcome.ts';
import { Accounts } from './accounts.ts';
import { CashBalances } from './cash-balances.ts';
import { type CashTransactionFilter, readCashTransactions } from './cash-transactions.ts';
import { createClients, type UpvestConnection } from './connection.ts';
import type { DeliveryHead } from './delivery-signature.ts';
import { Orders } from './orders.ts';
import { readPositions } from './positions.ts';
import { type DroppedRows, joinRows, type Rows, UpvestReader } from './reader.ts';
import { readReferenceAccounts } from './reference-accounts.ts';
import { type ReadOptions, SharedResources } from './shared-resource.ts';
import { VerifyKeys } from './verify-keys.ts';
import { VirtualCash, type VirtualCashOrder } from './virtual-cash.ts';
import { type HeadVerdict, type VerificationPolicy, verifyHead } from './webhook-signature.ts';
import type { BrokerOrderDetails } from './wire.ts';
import { type WithdrawalOrder, Withdrawals } from './withdrawals.ts';
import { UpvestWriter, type WriteOptions } from './writer.ts';

export interface UpvestOptions extends UpvestConnection {
  /** Told when a read was served by a call that another one had started. */
  readonly onShared?: (() => void) | undefined;
  /** Told of rows of a list that could not be read and were left out. */
  readonly onDropped?: ((dropped: DroppedRows) => void) | undefined;
}

/** Lists to be shown as far as they can be read. */
export interface UpvestListings {
  cashBalances(group: AccountGroupId, options?: ReadOptions): Promise<Rows<CashBalance> | null>;
  accountsOfUser(id: BrokerageUserId, options?: ReadOptions): Promise<Rows<BrokerAccount>>;
  accountsOfGroup(link: BrokerLink, options?: ReadOptions): Promise<Rows<BrokerAccount>>;
  positions(account: AccountId, options?: ReadOptions): Promise<Rows<Position>>;
  orders(account: AccountId, options?: ReadOptions): Promise<Rows<BrokerOrderDetails>>;
  referenceAccounts(link: BrokerLink, options?: ReadOptions): Promise<Rows<ReferenceAccount>>;
}

/**
 * Upvest's Investment API as the gateway uses it. Lists are whole: what is decided by them would be wrong without a row, so
 * they throw an UpstreamRowUnreadableError where one can't be read; those of {@link UpvestListings} lack it. Reads throw UpstreamUnavailableError, UpstreamRefusedReadError or
 * UpstreamInvalidAnswerError, or the signal's reason; writes answer one of four outcomes and throw a TypeError only for
 * what should never have been asked for.
 */
export interface Upvest {
  /** All currencies of a group, in one call; null where Upvest knows no such group. */
  cashBalances(group: AccountGroupId, options?: ReadOptions): Promise<readonly CashBalance[] | null>;
  cashBalance(group: AccountGroupId, currency: string, options?: ReadOptions): Promise<CashBalance | null>;
  accountGroup(id: AccountGroupId, options?: ReadOptions): Promise<AccountGroup | null>;
  account(id: AccountId, options?: ReadOptions): Promise<BrokerAccount | null>;
  /** None where Upvest knows no such user. */
  accountsOfUser(id: BrokerageUserId, options?: ReadOptions): Promise<readonly BrokerAccount[]>;
  /** The accounts of a portfolio. Rejects where they are not known: no such user or group, or a group without users. */
  accountsOfGroup(link: BrokerLink, options?: ReadOptions): Promise<readonly BrokerAccount[]>;
  positions(account: AccountId, options?: ReadOptions): Promise<readonly Position[]>;
  /** All of an account, newest first. */
  orders(account: AccountId, options?: ReadOptions): Promise<readonly BrokerOrderDetails[]>;
  order(id: string, options?: ReadOptions): Promise<BrokerOrderDetails | null>;
  /** Of the portfolio's user; without the user's id the group says whose it is. */
  referenceAccounts(link: BrokerLink, options?: ReadOptions): Promise<readonly ReferenceAccount[]>;
  withdrawal(id: string, options?: ReadOptions): Promise<BrokerWithdrawal | null>;
  withdrawalsOfGroup(group: AccountGroupId, options?: ReadOptions): Promise<readonly BrokerWithdrawal[] | null>;
  cashTransactions(filter: CashTransactionFilter, options?: ReadOptions): Promise<readonly CashTransaction[] | null>;

  createWithdrawal(order: WithdrawalOrder, options?: WriteOptions): Promise<WriteOutcome<BrokerWithdrawal>>;
  cancelWithdrawal(id: string, options?: WriteOptions): Promise<WriteOutcome<null>>;
  createVirtualCashIncrease(order: VirtualCashOrder, options?: WriteOptions): Promise<WriteOutcome<BrokerVirtualCash>>;
  createVirtualCashDecrease(order: VirtualCashOrder, options?: WriteOptions): Promise<WriteOutcome<BrokerVirtualCash>>;
  cancelVirtualCashDecrease(id: string, options?: WriteOptions): Promise<WriteOutcome<null>>;

  /** The same lists and the same calls, with the rows that can be read. */
  readonly listings: UpvestListings;

  /**
   * Whether a webhook delivery is Upvest's, by its headers; the body is checked afterwards with what is answered. Throws an
   * UpstreamError where that can't be told now because Upvest's keys can't be had, and an OverloadedError where too many
   * deliveries wait for them: it should be answered 503, so that it comes again.
   */
  verifyHead(head: DeliveryHead, policy?: VerificationPolicy): Promise<HeadVerdict>;
  /** True while calls fail fast because Upvest has been failing. */
  readonly circuitOpen: boolean;
  /** True while nothing is heard of Upvest but failures; it may be asked all the same. */
  readonly outOfReach: boolean;
  close(): Promise<void>;
}

/** Connects nothing yet. Throws a SigningKeyError where the private key can't be used. */
export function createUpvest(options: UpvestOptions): Upvest {
  const { client, tokenClient } = createClients(options);
  const shared = new SharedResources(options.deadlineMs ?? 10_000, options.onShared);
  const reader = new UpvestReader(client, options.onDropped);
  const writer = new UpvestWriter(client, () => shared.forget());
  const balances = new CashBalances(reader, shared.make());
  const accounts = new Accounts({ reader, single: shared.make(), groups: shared.make(), accounts: shared.make() });
  const orders = new Orders({ reader, lists: shared.make(), single: shared.make() });
  const withdrawals = new Withdrawals({ reader, writer, single: shared.make(), lists: shared.make() });
  const virtualCash = new VirtualCash(writer);
  const positions = shared.make<Rows<Position> | null>();
  const referenceAccounts = shared.make<Rows<ReferenceAccount> | null>();
  const cashTransactions = shared.make<Rows<CashTransaction> | null>();
  const verifyKeys = createVerifyKeys(reader, options);
  const listings: UpvestListings = {
    cashBalances: (group, call) => balances.ofGroup(group, call),
    accountsOfUser: (id, call) => accounts.ofUser(id, call),
    accountsOfGroup: (link, call) => accounts.ofLink(link, call),
    positions: (account, call = {}) => readPositions(reader, positions, account, call),
    orders: (account, call) => orders.ofAccount(account, call),
    referenceAccounts: async (link, call = {}) => {
      const users = await accounts.usersOf(link, call);
      return joinRows(
        await Promise.all(users.map((user) => readReferenceAccounts(reader, referenceAccounts, user, call))),
      );
    },
  };
  return {
    listings,
    cashBalances: async (group, call) => wholeOrNull(await listings.cashBalances(group, call)),
    cashBalance: (group, currency, call) => balances.inCurrency(group, currency, call),
    accountGroup: (id, call) => accounts.group(id, call),
    account: (id, call) => accounts.byId(id, call),

    accountsOfUser: async (id, call) => wholeOf(await listings.accountsOfUser(id, call)),
    accountsOfGroup: async (link, call) => wholeOf(await listings.accountsOfGroup(link, call)),
    positions: async (account, call) => wholeOf(await listings.positions(account, call)),
    orders: async (account, call) => wholeOf(await listings.orders(account, call)),
    order: (id, call) => orders.byId(id, call),
    referenceAccounts: async (link, call) => wholeOf(await listings.referenceAccounts(link, call)),
    withdrawal: (id, call) => withdrawals.byId(id, call),
    withdrawalsOfGroup: async (group, call) => wholeOrNull(await withdrawals.ofGroup(group, call)),
    cashTransactions: async (filter, call = {}) =>
      wholeOrNull(await readCashTransactions(reader, cashTransactions, filter, call)),
    createWithdrawal: (order, call) => withdrawals.create(order, call),
    cancelWithdrawal: (id, call) => withdrawals.cancel(id, call),
    createVirtualCashIncrease: (order, call) => virtualCash.increase(order, call),
    createVirtualCashDecrease: (order, call) => virtualCash.decrease(order, call),
    cancelVirtualCashDecrease: (id, call) => virtualCash.cancelDecrease(id, call),
    verifyHead: (head, policy) => verifyHead(head, verifyKeys.get, policy),
    get circuitOpen() {
      return client.circuitOpen || tokenClient.circuitOpen;
    },
    get outOfReach() {
      return client.outOfReach || tokenClient.outOfReach;
    },
    close: async () => {
      await Promise.all([client.close(), tokenClient.close()]);
    },
  };
}

const wholeOrNull = <T>(listing: Rows<T> | null): readonly T[] | null => (listing === null ? null : wholeOf(listing));

function createVerifyKeys(reader: UpvestReader, { onDropped }: UpvestOptions): VerifyKeys {
  const operation = 'upvest.verifyKeys';
  return new VerifyKeys({
    fetch: async () => (await reader.get('/auth/verify_keys', operation, {}, [])) ?? null,
    onInvalidKeys: (details) => onDropped?.({ resource: 'verifyKey', count: details.length, details }),
  });
}
