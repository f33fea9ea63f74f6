import type { InvestSuite } from '../datasources/investsuite/index.ts';
import type { Upvest } from '../datasources/upvest/index.ts';
import type { BrokerLink } from '../domain/broker.ts';
import type { PortfolioId, TransactionId } from '../domain/ids.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Viewer } from '../domain/viewer.ts';
import type { Hub } from '../live/index.ts';
import type { MoneyServices, OrderServices } from '../workflows/index.ts';
import type { Vouched } from './access.ts';
import type { CursorCodec } from './cursors.ts';
import type { Loaders } from './loaders.ts';
import type { Lookups, RequestLookups } from './lookups.ts';
import type { PartialErrors } from './partial-errors.ts';
import type { Patience } from './patience.ts';

/** Tells in which portfolio a transaction that was seen before is: its id alone does not say. */
export interface TransactionIndex {
  remember(transactions: Iterable<{ readonly id: TransactionId; readonly portfolioId: PortfolioId }>): void;
  portfolioOf(id: TransactionId): Promise<PortfolioId | undefined>;
}

/** What lives as long as the gateway. */
export interface Services {
  readonly investSuite: InvestSuite;
  readonly upvest: Upvest;
  /** The broker's side of a portfolio; null while there is none. */
  readonly link: (portfolio: Portfolio) => BrokerLink | null;
  readonly transactionIndex: TransactionIndex;
  readonly cursors: CursorCodec;
  readonly lookups: Lookups;
  readonly money: MoneyServices;
  readonly orders: OrderServices;
  readonly live: LiveServices;
}

/** The log of events, and who hands it out. */
export interface LiveServices {
  readonly hub: Hub;
  /** How many subscriptions a viewer may have at this gateway. */
  readonly allowance: (viewer: Viewer) => number;
}

/** What lives as long as one request, or one event of a subscription. */
export interface RequestContext {
  readonly requestId: string;
  readonly viewer: Viewer;
  /** The last event that the client has seen, where its protocol says so; it wins over an `after` argument. */
  readonly resumeAfter?: string | undefined;
  readonly services: Services;
  readonly loaders: Loaders;
  /** Through which objects are looked for by ids that the client has given. */
  readonly lookups: RequestLookups;
  /** The objects that this viewer may see; see access.ts. */
  readonly vouched: Vouched;
  /** Errors of fields that are answered all the same. */
  readonly partial: PartialErrors;
  /** How long upstream reads may go on; each of them takes its options from it. */
  readonly patience: Patience;
}
