import type { InvestSuite } from '../datasources/investsuite/index.ts';
import type { Upvest } from '../datasources/upvest/index.ts';
import type { BrokerLink } from '../domain/broker.ts';
import type { Portfolio } from '../domain/portfolio.ts';

/** What the workflows ask of InvestSuite. Writes end in one of four ways; reads throw UpstreamErrors. */
export type InvestSuitePort = Pick<
  InvestSuite,
  | 'portfolio'
  | 'portfolioFresh'
  | 'patchPortfolio'
  | 'createTransaction'
  | 'findTransactionsByExternalId'
  | 'sendDepositEvent'
  | 'sendWithdrawEvent'
  | 'optimization'
>;

/** What the workflows ask of Upvest. */
export type UpvestPort = Pick<
  Upvest,
  | 'cashBalance'
  | 'referenceAccounts'
  | 'withdrawal'
  | 'withdrawalsOfGroup'
  | 'cashTransactions'
  | 'createWithdrawal'
  | 'cancelWithdrawal'
  | 'createVirtualCashIncrease'
  | 'createVirtualCashDecrease'
  | 'cancelVirtualCashDecrease'
>;

export interface WorkflowPorts {
  readonly investSuite: InvestSuitePort;
  readonly upvest: UpvestPort;
}

/** The broker's side of a portfolio; null while there is none. */
export type Link = (portfolio: Portfolio) => BrokerLink | null;

/** The settings of the tenant that decide how money moves. A request keeps those it was accepted under. */
export interface MoneySettings {
  readonly booking: 'investsuite' | 'gateway';
  readonly funding: 'virtual-cash' | 'none';
  readonly payout: 'withdrawal' | 'virtual-cash';
}
