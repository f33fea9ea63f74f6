import type { InvestSuite } from '../datasources/investsuite/index.ts';
import type { Upvest } from '../datasources/upvest/index.ts';
import type { BrokerLink } from '../domain/broker.ts';
import type { PortfolioId, TransactionId } from '../domain/ids.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Runtime } from '../domain/runtime.ts';
import type { Turn } from '../domain/turn.ts';
import type { Viewer } from '../domain/viewer.ts';
import type { InstrumentDirectory } from '../instruments/index.ts';
import type { Hub } from '../live/index.ts';
import type {
  CashServices,
  OrderingServices,
  OrderServices,
  RebalancingServices,
  SynchronizationServices,
} from '../workflows/index.ts';
import type { Vouched } from './access.ts';
import type { CursorCodec } from './cursors.ts';
import type { Loaders } from './loaders.ts';
import type { Lookups, RequestLookups } from './lookups.ts';
import type { PartialErrors } from './partial-errors.ts';
import type { Patience } from './patience.ts';
import type { TransactionOrder } from './transaction-order.ts';

/** Index of seen transactions: finds the portfolio of a transaction id. */
export interface TransactionIndex {
  remember(transactions: Iterable<{ readonly id: TransactionId; readonly portfolioId: PortfolioId }>): void;
  portfolioOf(id: TransactionId): Promise<PortfolioId | undefined>;
}

/** Services of the gateway, shared by all requests. */
export interface Services {
  readonly runtime: Runtime;
  readonly investSuite: InvestSuite;
  readonly upvest: Upvest;
  /** The broker link of a portfolio; null without one. */
  readonly link: (portfolio: Portfolio) => BrokerLink | null;
  readonly transactionIndex: TransactionIndex;
  readonly transactionOrder: TransactionOrder;
  readonly turn: Turn;
  readonly instruments: InstrumentDirectory;
  readonly cursors: CursorCodec;
  readonly lookups: Lookups;
  readonly money: CashServices;
  readonly orders: OrderServices;
  readonly ordering: OrderingServices;
  readonly synchronization: SynchronizationServices;
  readonly rebalancing: RebalancingServices;
  readonly live: LiveServices;
}

/** The event log and its subscribers. */
export interface LiveServices {
  readonly hub: Hub;
  /** Maximum number of subscriptions of a viewer at this gateway. */
  readonly allowance: (viewer: Viewer) => number;
}

/** State of one request, or of one event of a subscription. */
export interface RequestContext {
  readonly requestId: string;
  readonly viewer: Viewer;
  /**
   * Cursor of the last event that the client has seen, where its protocol carries one; it has precedence over `after`.
   */
  readonly resumeAfter?: string | undefined;
  readonly services: Services;
  readonly loaders: Loaders;
  /** Limits lookups by ids that the client gives. */
  readonly lookups: RequestLookups;
  /** Objects that the viewer may see; see access.ts. */
  readonly vouched: Vouched;
  /** Errors of fields that have a value nevertheless. */
  readonly partial: PartialErrors;
  /** Deadline and abort signal of upstream reads. */
  readonly patience: Patience;
}
