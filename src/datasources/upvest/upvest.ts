import type { BrokerAccount, BrokerLink, CashBalance, Position, ReferenceAccount } from '../../domain/broker.ts';
import type {
  AccountGroup,
  BrokerVirtualCash,
  BrokerWithdrawal,
  CashTransaction,
} from '../../domain/broker-payments.ts';
import type { LedgerLine } from '../../domain/cash-ledger.ts';
import type { AccountGroupId, AccountId, BrokerageUserId } from '../../domain/ids.ts';
import type { Instrument } from '../../domain/instrument.ts';
import { wholeOf } from '../../domain/listing.ts';
import type { DailyPrice, Price } from '../../domain/prices.ts';
import { systemRuntime } from '../../domain/runtime.ts';
import type { BrokerLine } from '../../domain/synchronization/line.ts';
import type { AccountDay, AccountValuation, DailyReturn } from '../../domain/valuation.ts';
import type { WriteOptions } from '../upstream/client.ts';
import type { WriteOutcome } from '../upstream/outcome.ts';
import { RecentReads } from '../upstream/recent-reads.ts';
import { joinRows, type OnDropped, type Rows } from '../upstream/rows.ts';
import type { ReadOptions } from '../upstream/shared-resource.ts';
import { TenantProfile } from '../upstream/tenant-profile.ts';
import { Accounts } from './accounts.ts';
import type { Capabilities } from './capabilities.ts';
import { balanceIn, CashBalances } from './cash-balances.ts';
import { cashLedger, type LedgerAsked } from './cash-ledger.ts';
import { type CashTransactionFilter, cashTransactions } from './cash-transactions.ts';
import { connectUpvest, type UpvestConnection } from './connection.ts';
import type { DeliveryHead } from './delivery-signature.ts';
import { type InstrumentKey, type InstrumentsAsked, instrumentByKey, instrumentsPage } from './instruments.ts';
import { cancelOrder, createOrder, type OrderToPlace } from './order-requests.ts';
import { type BrokerOrderDetails, orderById, ordersOfAccount } from './orders.ts';
import { positionsOfAccount } from './positions.ts';
import { newestPrice, type PricesAsked, pricesByDay, venuesOf } from './prices.ts';
import { type OffsetPage, UpvestReads } from './reads.ts';
import { referenceAccountsOfUser } from './reference-accounts.ts';
import { securitiesLedger } from './securities-ledger.ts';
import { currentValuation, type DaysAsked, returnsByDay, type ValuationAsked, valuationsByDay } from './valuations.ts';
import { VerifyKeys } from './verify-keys.ts';
import { cancelVirtualCashDecrease, createVirtualCash, type VirtualCashRequest } from './virtual-cash.ts';
import { type HeadVerdict, type VerificationPolicy, verifyHead } from './webhook-signature.ts';
import {
  cancelWithdrawal,
  createWithdrawal,
  type WithdrawalRequest,
  withdrawalById,
  withdrawalsOfGroup,
} from './withdrawals.ts';
import { UpvestWrites } from './writes.ts';

export interface UpvestOptions extends UpvestConnection {
  /** Called when a read was served by a call of another reader. */
  readonly onShared?: (() => void) | undefined;
  /** Called with rows of a list that could not be read and were left out. */
  readonly onDropped?: OnDropped;
  /** Which forms of calls this tenant takes. Default: one that begins with nothing. */
  readonly profile?: TenantProfile | undefined;
}

/** Lists to be shown as far as they can be read. */
export interface UpvestListings {
  cashBalances(group: AccountGroupId, options?: ReadOptions): Promise<Rows<CashBalance> | null>;
  accountsOfUser(id: BrokerageUserId, options?: ReadOptions): Promise<Rows<BrokerAccount>>;
  accountsOfGroup(link: BrokerLink, options?: ReadOptions): Promise<Rows<BrokerAccount>>;
  positions(account: AccountId, options?: ReadOptions): Promise<Rows<Position>>;
  orders(account: AccountId, options?: ReadOptions): Promise<Rows<BrokerOrderDetails>>;
  referenceAccounts(link: BrokerLink, options?: ReadOptions): Promise<Rows<ReferenceAccount>>;
  /** Null where Upvest knows no such group, or the capability is off. */
  cashLedger(asked: LedgerAsked, options?: ReadOptions): Promise<Rows<LedgerLine> | null>;
  /** The same of the ledger of units. */
  securitiesLedger(asked: LedgerAsked, options?: ReadOptions): Promise<Rows<BrokerLine> | null>;
}

/**
 * Upvest's Investment API, as far as the gateway uses it. Lists are complete and throw an UpstreamRowUnreadableError
 * otherwise, since decisions depend on them; those of {@link UpvestListings} leave rows out. Reads throw
 * UpstreamUnavailableError, UpstreamRefusedReadError or UpstreamInvalidAnswerError, or the signal's reason; writes
 * return one of four outcomes and throw a TypeError only for defects of the caller.
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
  /** The order as read since its newest event was known, at most a quarter of a second ago; `newestEvent` grows with each. Rows that an event wakes share it. */
  orderKnowing(id: string, newestEvent: number): Promise<BrokerOrderDetails | null>;
  /** Of the portfolio's user; where the link has none, the group names it. */
  referenceAccounts(link: BrokerLink, options?: ReadOptions): Promise<readonly ReferenceAccount[]>;
  withdrawal(id: string, options?: ReadOptions): Promise<BrokerWithdrawal | null>;
  withdrawalsOfGroup(group: AccountGroupId, options?: ReadOptions): Promise<readonly BrokerWithdrawal[] | null>;
  cashTransactions(filter: CashTransactionFilter, options?: ReadOptions): Promise<readonly CashTransaction[] | null>;

  /** An instrument of the directory; null where Upvest has none, or the capability is off. */
  instrument(key: InstrumentKey, options?: ReadOptions): Promise<Instrument | null>;
  /** A page of the directory; null where the capability is off. */
  instruments(asked: InstrumentsAsked, options?: ReadOptions): Promise<OffsetPage<Instrument> | null>;
  /** These are null where Upvest has nothing of the account or instrument, and where the capability is off. */
  valuation(asked: ValuationAsked, options?: ReadOptions): Promise<AccountValuation | null>;
  valuations(asked: DaysAsked, options?: ReadOptions): Promise<Rows<AccountDay> | null>;
  returns(asked: DaysAsked, options?: ReadOptions): Promise<Rows<DailyReturn> | null>;
  price(isin: string, options?: ReadOptions): Promise<Price | null>;
  prices(asked: PricesAsked, options?: ReadOptions): Promise<Rows<DailyPrice> | null>;

  createWithdrawal(order: WithdrawalRequest, options?: WriteOptions): Promise<WriteOutcome<BrokerWithdrawal>>;
  cancelWithdrawal(id: string, options?: WriteOptions): Promise<WriteOutcome<null>>;
  createVirtualCashIncrease(
    order: VirtualCashRequest,
    options?: WriteOptions,
  ): Promise<WriteOutcome<BrokerVirtualCash>>;
  createVirtualCashDecrease(
    order: VirtualCashRequest,
    options?: WriteOptions,
  ): Promise<WriteOutcome<BrokerVirtualCash>>;
  cancelVirtualCashDecrease(id: string, options?: WriteOptions): Promise<WriteOutcome<null>>;

  createOrder(order: OrderToPlace, options?: WriteOptions): Promise<WriteOutcome<BrokerOrderDetails>>;
  cancelOrder(id: string, options?: WriteOptions): Promise<WriteOutcome<null>>;

  /** The same lists and the same calls, with the rows that can be read. */
  readonly listings: UpvestListings;

  /**
   * Verifies a webhook delivery by its headers; the result verifies the body afterwards. Throws an UpstreamError where
   * Upvest's keys can't be read, and an OverloadedError where too many deliveries wait for them: then the answer should
   * be 503, so that Upvest delivers again.
   */
  verifyHead(head: DeliveryHead, policy?: VerificationPolicy): Promise<HeadVerdict>;
  /** Which capabilities are used, and which the tenant has. */
  readonly capabilities: Pick<Capabilities, 'isOn' | 'stateOf'>;
  /** True while calls fail fast because Upvest has been failing. */
  readonly circuitOpen: boolean;
  /** True while a call would fail without an attempt. */
  readonly refusesCalls: boolean;
  /** True while Upvest's last attempts failed; calls may still be made. */
  readonly outOfReach: boolean;
  close(): Promise<void>;
}

/** Rows that one event wakes look at their order within milliseconds of each other. */
export const ORDER_SHARED_MS = 250;

/** Connects nothing yet. Throws a SigningKeyError where the private key can't be used. */
export function createUpvest({ onDropped, onShared, profile, ...connection }: UpvestOptions): Upvest {
  const upstream = connectUpvest(connection);
  const { client, capabilities } = upstream;
  const { runtime = systemRuntime } = connection;
  const sharing = { runtime, deadlineMs: connection.deadlineMs ?? 10_000, onShared };
  const reads = new UpvestReads(client, { ...sharing, onDropped, capabilities });
  const writes = new UpvestWrites(client, () => reads.forget());
  const balances = new CashBalances(reads, profile ?? new TenantProfile({ runtime }));
  const accounts = new Accounts(reads);
  const referenceAccounts = referenceAccountsOfUser(reads);
  const withdrawals = withdrawalsOfGroup(reads);
  const ledger = cashTransactions(reads);
  const venues = venuesOf(reads);
  const order = orderById(reads);
  const recentOrders = new RecentReads<BrokerOrderDetails | null>(runtime, ORDER_SHARED_MS);
  const verifyKeys = new VerifyKeys({
    runtime,
    fetch: async () => (await reads.get('/auth/verify_keys', { operation: 'upvest.verifyKeys' }, {}, [])) ?? null,
    onInvalidKeys: (details) => onDropped?.({ resource: 'verifyKey', count: details.length, details }),
  });
  const listings: UpvestListings = {
    cashBalances: balances.ofGroup,
    accountsOfUser: (id, call) => accounts.ofUser(id, call),
    accountsOfGroup: (link, call) => accounts.ofLink(link, call),
    positions: positionsOfAccount(reads),
    orders: ordersOfAccount(reads),
    referenceAccounts: async (link, call) => {
      const users = await accounts.usersOf(link, call);
      return joinRows(await Promise.all(users.map((user) => referenceAccounts(user, call))));
    },
    cashLedger: cashLedger(reads),
    securitiesLedger: securitiesLedger(reads),
  };
  return {
    capabilities,
    listings,
    cashBalances: async (group, call) => wholeOrNull(await listings.cashBalances(group, call)),
    cashBalance: async (group, currency, call) => balanceIn(await balances.ofGroup(group, call), currency),
    accountGroup: accounts.group,
    account: accounts.byId,
    accountsOfUser: async (id, call) => wholeOf(await listings.accountsOfUser(id, call)),
    accountsOfGroup: async (link, call) => wholeOf(await listings.accountsOfGroup(link, call)),
    positions: async (account, call) => wholeOf(await listings.positions(account, call)),
    orders: async (account, call) => wholeOf(await listings.orders(account, call)),
    order,
    orderKnowing: (id, newestEvent) => recentOrders.read(id, newestEvent, () => order(id, { fresh: true })),
    referenceAccounts: async (link, call) => wholeOf(await listings.referenceAccounts(link, call)),
    withdrawal: withdrawalById(reads),
    withdrawalsOfGroup: async (group, call) => wholeOrNull(await withdrawals(group, call)),
    cashTransactions: async (filter, call) => wholeOrNull(await ledger(filter, call)),
    instrument: instrumentByKey(reads),
    instruments: instrumentsPage(reads),
    valuation: currentValuation(reads),
    valuations: valuationsByDay(reads),
    returns: returnsByDay(reads),
    price: newestPrice(reads, venues),
    prices: pricesByDay(reads, venues),
    createWithdrawal: (order, call) => createWithdrawal(writes, order, call),
    cancelWithdrawal: (id, call) => cancelWithdrawal(writes, id, call),
    createVirtualCashIncrease: (order, call) => createVirtualCash(writes, 'increase', order, call),
    createVirtualCashDecrease: (order, call) => createVirtualCash(writes, 'decrease', order, call),
    cancelVirtualCashDecrease: (id, call) => cancelVirtualCashDecrease(writes, id, call),
    createOrder: (order, call) => createOrder(writes, order, call),
    cancelOrder: (id, call) => cancelOrder(writes, id, call).finally(() => recentOrders.forget(id)),
    verifyHead: (head, policy) => verifyHead(head, verifyKeys.get, { runtime, ...policy }),
    get circuitOpen() {
      return upstream.circuitOpen;
    },
    get refusesCalls() {
      return upstream.refusesCalls;
    },
    get outOfReach() {
      return upstream.outOfReach;
    },
    close: () => upstream.close(),
  };
}

const wholeOrNull = <T>(listing: Rows<T> | null): readonly T[] | null => (listing === null ? null : wholeOf(listing));
