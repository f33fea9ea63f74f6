import DataLoader from 'dataloader';
import type {
  BrokerAccount,
  BrokerLink,
  BrokerOrder,
  CashBalance,
  Position,
  ReferenceAccount,
} from '../domain/broker.ts';
import type { PortfolioId, UserId } from '../domain/ids.ts';
import type { Optimization } from '../domain/optimization.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { User } from '../domain/user.ts';
import type { Services } from './context.ts';
import type { Patience } from './patience.ts';

/** One memory per request and resource: what was read once in a request is the same everywhere in its answer. */
export interface Loaders {
  readonly portfolio: DataLoader<PortfolioId, Portfolio | null>;
  readonly user: DataLoader<UserId, User | null>;
  readonly transactions: DataLoader<PortfolioId, readonly Transaction[]>;
  readonly optimization: DataLoader<PortfolioId, Optimization | null>;
  readonly cashBalances: DataLoader<BrokerLink, readonly CashBalance[] | null, string>;
  readonly accounts: DataLoader<BrokerLink, readonly BrokerAccount[], string>;
  readonly positions: DataLoader<BrokerLink, readonly Position[], string>;
  readonly orders: DataLoader<BrokerLink, readonly BrokerOrder[], string>;
  readonly referenceAccounts: DataLoader<BrokerLink, readonly ReferenceAccount[], string>;
}

export type UpstreamReads = Pick<Services, 'investSuite' | 'upvest'>;

/**
 * Loaders of one request. Batching across requests is the datasources' work; here each key is asked for by itself, so
 * an answer can't land at another key's place and one key's failure is its own.
 */
export function createLoaders({ investSuite, upvest }: UpstreamReads, patience: Patience): Loaders {
  const linkKey = { cacheKeyFn: (link: BrokerLink) => `${link.accountGroupId} ${link.brokerageUserId ?? ''}` };
  const accounts = eachKey((link: BrokerLink) => upvest.accountsOfGroup(link, patience.forOneField()), linkKey);
  return {
    portfolio: eachKey((id: PortfolioId) => investSuite.portfolio(id, patience.forOneCall())),
    user: eachKey((id: UserId) => investSuite.user(id, patience.forOneCall())),
    transactions: eachKey((id: PortfolioId) => investSuite.transactions(id, patience.forOneCall())),
    optimization: eachKey((id: PortfolioId) => investSuite.optimization(id, patience.forOneCall())),
    cashBalances: eachKey(
      (link: BrokerLink) => upvest.cashBalances(link.accountGroupId, patience.forOneCall()),
      linkKey,
    ),
    accounts,
    positions: eachKey(async (link: BrokerLink) => {
      const waiting = patience.forOneField();
      const ids = (await accounts.load(link)).map((account) => account.id);
      return (await Promise.all(ids.map((id) => upvest.positions(id, waiting)))).flat();
    }, linkKey),
    orders: eachKey(async (link: BrokerLink) => {
      const waiting = patience.forOneField();
      const ids = (await accounts.load(link)).map((account) => account.id);
      return (await Promise.all(ids.map((id) => upvest.orders(id, waiting)))).flat();
    }, linkKey),
    referenceAccounts: eachKey((link: BrokerLink) => upvest.referenceAccounts(link, patience.forOneField()), linkKey),
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
