import type { InvestSuite } from '../../datasources/investsuite/index.ts';
import type { Upvest } from '../../datasources/upvest/index.ts';
import type { Fenced, Link } from '../ports.ts';

/** What the order workflows ask of InvestSuite. Writes end in one of four ways; reads throw UpstreamErrors. */
export type OrderInvestSuitePort = Pick<
  InvestSuite,
  'portfolio' | 'portfolioFresh' | 'transaction' | 'transactionFresh' | 'findTransactionsByExternalId'
> &
  Fenced<InvestSuite, 'createTransaction' | 'patchTransaction' | 'patchPortfolio'>;

/** What they ask of Upvest: the orders that drive them, and the positions that holdings are compared with. */
export type OrderUpvestPort = Pick<Upvest, 'order' | 'accountsOfGroup' | 'positions' | 'cashBalances'>;

/** What somebody should know who runs the gateway; counted and logged by `kind`. */
export interface OrderTrouble {
  /**
   * `overwritten`: somebody else wrote to InvestSuite between our reading and our writing. `in-doubt`: it is not known
   * whether a transaction was made. `not-followed`: what the broker says of an order cannot be written to its transaction.
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
  readonly onTrouble?: ((trouble: OrderTrouble) => void) | undefined;
}
