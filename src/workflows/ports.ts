import type { InvestSuite } from '../datasources/investsuite/index.ts';
import type { Upvest, UpvestListings } from '../datasources/upvest/index.ts';
import type { BrokerLink } from '../domain/broker.ts';
import type { Portfolio } from '../domain/portfolio.ts';

/** Writes of an upstream, with all their arguments demanded: what is sent for a row is fenced by its lease. */
export type Fenced<T, W extends keyof T> = {
  readonly [K in W]: T[K] extends (...all: infer A) => infer R ? (...all: Required<A>) => R : never;
};

/** InvestSuite for the workflows. Writes have one of four outcomes; reads throw UpstreamErrors. */
export type InvestSuitePort = Pick<
  InvestSuite,
  | 'portfolio'
  | 'portfolioFresh'
  | 'findTransactionsByExternalId'
  | 'lookedForTransactions'
  | 'transactionsFresh'
  | 'optimization'
> &
  Fenced<InvestSuite, 'patchPortfolio' | 'createTransaction' | 'sendDepositEvent' | 'sendWithdrawEvent'>;

/** Upvest for the workflows. */
export type UpvestPort = Pick<
  Upvest,
  'cashBalance' | 'withdrawal' | 'withdrawalsOfGroup' | 'cashTransactions' | 'orderKnowing' | 'orders' | 'positions'
> & {
  readonly listings: Pick<UpvestListings, 'referenceAccounts'>;
} & Fenced<
    Upvest,
    | 'createWithdrawal'
    | 'cancelWithdrawal'
    | 'createVirtualCashIncrease'
    | 'createVirtualCashDecrease'
    | 'cancelVirtualCashDecrease'
    | 'createOrder'
    | 'cancelOrder'
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
