import DataLoader from 'dataloader';
import type { CallOptions } from '../datasources/upstream/client.ts';
import type { Rows } from '../datasources/upvest/index.ts';
import type {
  BrokerAccount,
  BrokerLink,
  BrokerOrder,
  CashBalance,
  Position,
  ReferenceAccount,
} from '../domain/broker.ts';
import type { AccountId, PortfolioId, UserId } from '../domain/ids.ts';
import { joinListings, type Listing } from '../domain/listing.ts';
import type { Optimization } from '../domain/optimization.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { User } from '../domain/user.ts';
import type { Services } from './context.ts';
import type { Patience } from './patience.ts';

/** One memo per request and resource: a resource is read once per request and is the same everywhere in the answer. */
export interface Loaders {
  readonly portfolio: DataLoader<PortfolioId, Portfolio | null>;
  readonly user: DataLoader<UserId, User | null>;
  readonly transactions: DataLoader<PortfolioId, Listing<Transaction>>;
  readonly optimization: DataLoader<PortfolioId, Optimization | null>;
  readonly cashBalances: DataLoader<BrokerLink, Rows<CashBalance> | null, string>;
  readonly accounts: DataLoader<BrokerLink, Rows<BrokerAccount>, string>;
  readonly positions: DataLoader<BrokerLink, Listing<Position>, string>;
  readonly orders: DataLoader<BrokerLink, Listing<BrokerOrder>, string>;
  readonly referenceAccounts: DataLoader<BrokerLink, Listing<ReferenceAccount>, string>;
}

export type UpstreamReads = Pick<Services, 'investSuite' | 'upvest'>;

/**
 * Loaders of one request. The datasources batch across requests; here each key is read separately, so an answer can't
 * be matched to another key, and a failure concerns its key only.
 */
export function createLoaders({ investSuite, upvest }: UpstreamReads, patience: Patience): Loaders {
  const linkKey = { cacheKeyFn: (link: BrokerLink) => `${link.accountGroupId} ${link.brokerageUserId ?? ''}` };
  const { listings } = upvest;
  const accounts = eachKey((link: BrokerLink) => listings.accountsOfGroup(link, patience.forOneField()), linkKey);
  /** Joins the lists of all accounts; rows of an unreadable account are missing too. */
  const ofAccounts = async <T>(
    link: BrokerLink,
    read: (id: AccountId, waiting: CallOptions) => Promise<Listing<T>>,
  ): Promise<Listing<T>> => {
    const waiting = patience.forOneField();
    const { rows, unreadable } = await accounts.load(link);
    const lists = await Promise.all(rows.map(({ id }) => read(id, waiting)));
    return joinListings(unreadable.length === 0 ? lists : [...lists, { rows: [], unreadable }]);
  };
  return {
    portfolio: eachKey((id: PortfolioId) => investSuite.portfolio(id, patience.forOneCall())),
    user: eachKey((id: UserId) => investSuite.user(id, patience.forOneCall())),
    transactions: eachKey((id: PortfolioId) => investSuite.transactionListing(id, patience.forOneCall())),
    optimization: eachKey((id: PortfolioId) => investSuite.optimization(id, patience.forOneCall())),
    cashBalances: eachKey(
      (link: BrokerLink) => listings.cashBalances(link.accountGroupId, patience.forOneCall()),
      linkKey,
    ),
    accounts,
    positions: eachKey((link: BrokerLink) => ofAccounts<Position>(link, listings.positions), linkKey),
    orders: eachKey((link: BrokerLink) => ofAccounts<BrokerOrder>(link, listings.orders), linkKey),
    referenceAccounts: eachKey((link: BrokerLink) => listings.referenceAccounts(link, patience.forOneField()), linkKey),
  };
}

function eachKey<K, V, C = K>(
  load: (key: K) => Promise<V>,
  options: DataLoader.Options<K, V, C> = {},
): DataLoader<K, V, C> {
  return new DataLoader<K, V, C>(
    async (keys) => await Promise.all(keys.map((key) => load(key).catch(asError))),
    options,
  );
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('load failed', { cause: error });
