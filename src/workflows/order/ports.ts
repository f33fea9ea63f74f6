import type { InvestSuite } from '../../datasources/investsuite/index.ts';
import type { Upvest } from '../../datasources/upvest/index.ts';
import type { Fenced, Link } from '../ports.ts';

/** InvestSuite for the order workflows. Writes have one of four outcomes; reads throw UpstreamErrors. */
export type OrderInvestSuitePort = Pick<
  InvestSuite,
  | 'portfolio'
  | 'portfolioFresh'
  | 'transaction'
  | 'transactionFresh'
  | 'findTransactionsByExternalId'
  | 'lookedForTransactions'
> &
  Fenced<InvestSuite, 'createTransaction' | 'patchTransaction' | 'patchPortfolio'>;

/** Upvest for the order workflows: orders to follow, and positions to compare holdings with. */
export type OrderUpvestPort = Pick<Upvest, 'order' | 'orderKnowing' | 'accountsOfGroup' | 'positions' | 'cashBalances'>;

/** A problem that an operator of the gateway should know; counted and logged by `kind`. */
export interface OrderTrouble {
  /**
   * `overwritten`: another system wrote to InvestSuite between the gateway's read and write. `in-doubt`: it is unknown
   * whether a transaction was made. `not-followed`: the broker's state of an order can't be written to its transaction.
   */
  readonly kind: 'overwritten' | 'in-doubt' | 'not-followed';
  readonly message: string;
  /** Ids, for the log. */
  readonly about: Readonly<Record<string, string>>;
}

export interface OrderPorts {
  readonly investSuite: OrderInvestSuitePort;
  readonly upvest: OrderUpvestPort;
  readonly link: Link;
  /** PORTFOLIO_SYNC: an order without a transaction gets one. Default: it stays without. */
  readonly recordsOrders?: boolean | undefined;
  readonly onTrouble?: ((trouble: OrderTrouble) => void) | undefined;
}
