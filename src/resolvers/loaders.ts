import DataLoader from 'dataloader';
import type { CallOptions } from '../datasources/upstream/client.ts';
import type { DaysAsked, Rows, ValuationAsked } from '../datasources/upvest/index.ts';
import type {
  BrokerAccount,
  BrokerLink,
  BrokerOrder,
  CashBalance,
  Position,
  ReferenceAccount,
} from '../domain/broker.ts';
import type { AccountId, PortfolioId, UserId } from '../domain/ids.ts';
import type { Instrument, Isin } from '../domain/instrument.ts';
import { joinListings, type Listing, wholeOf } from '../domain/listing.ts';
import type { Optimization } from '../domain/optimization.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Price } from '../domain/prices.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { User } from '../domain/user.ts';
import type { AccountDay, AccountValuation } from '../domain/valuation.ts';
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
  /** One of each account; null where the broker has none. */
  readonly valuations: DataLoader<ValuationKey, readonly (AccountValuation | null)[], string>;
  readonly dailyValuations: DataLoader<DailyValuationsKey, readonly (Rows<AccountDay> | null)[], string>;
  readonly price: DataLoader<string, Price | null>;
  readonly instrument: DataLoader<Isin, Instrument | null>;
}

interface ValuationKey extends Pick<ValuationAsked, 'quality'> {
  readonly link: BrokerLink;
}
interface DailyValuationsKey extends Pick<DaysAsked, 'days'> {
  readonly link: BrokerLink;
}

export type UpstreamReads = Pick<Services, 'investSuite' | 'upvest' | 'instruments'>;

/**
 * Loaders of one request. The datasources batch across requests; here each key is read separately, so an answer can't
 * be matched to another key, and a failure concerns its key only.
 */
export function createLoaders({ investSuite, upvest, instruments }: UpstreamReads, patience: Patience): Loaders {
  const linkKey = { cacheKeyFn: keyOf };
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
    ...createWorthLoaders(upvest, patience, accounts),
    // From the store, one read for all that are asked for together.
    instrument: new DataLoader((isins) => instruments.byIsins(isins, () => patience.forOneField())),
  };
}

function createWorthLoaders(
  upvest: UpstreamReads['upvest'],
  patience: Patience,
  accounts: Loaders['accounts'],
): Pick<Loaders, 'valuations' | 'dailyValuations' | 'price'> {
  /** Of a sum each part must be known, so the accounts must all be readable. */
  const ofEachAccount = async <T>(link: BrokerLink, read: (id: AccountId, waiting: CallOptions) => Promise<T>) => {
    const waiting = patience.forOneField();
    return await Promise.all(wholeOf(await accounts.load(link)).map(({ id }) => read(id, waiting)));
  };
  return {
    valuations: eachKey(
      ({ link, quality }: ValuationKey) =>
        ofEachAccount(link, (account, waiting) => upvest.valuation({ account, quality }, waiting)),
      { cacheKeyFn: ({ link, quality }) => `${keyOf(link)} ${quality}` },
    ),
    dailyValuations: eachKey(
      ({ link, days }: DailyValuationsKey) =>
        ofEachAccount(link, (account, waiting) => upvest.valuations({ account, days }, waiting)),
      { cacheKeyFn: ({ link, days }) => `${keyOf(link)} ${days.from} ${days.to}` },
    ),
    price: eachKey((isin: string) => upvest.price(isin, patience.forOneField())),
  };
}

const keyOf = (link: BrokerLink): string => `${link.accountGroupId} ${link.brokerageUserId ?? ''}`;

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
