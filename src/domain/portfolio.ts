import type { DateTime } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import type { PortfolioId, UserId } from './ids.ts';
import { type UnreadableRow, wholeOf } from './listing.ts';

export const MONEY_TYPES = ['REAL_MONEY', 'PAPER_MONEY', 'UNKNOWN'] as const;
export type MoneyType = (typeof MONEY_TYPES)[number];

export const PORTFOLIO_MANAGERS = [
  'USER_MANAGED',
  'ROBO_ADVISOR_ADVISORY',
  'ROBO_ADVISOR_DISCRETIONARY',
  'UNKNOWN',
] as const;
export type PortfolioManager = (typeof PORTFOLIO_MANAGERS)[number];

export const PORTFOLIO_STATUSES = [
  'WAITING_FOR_ACCOUNT',
  'WAITING_FOR_POLICY',
  'WAITING_FOR_FUNDS',
  'ACTIVE',
  'INACTIVE',
  'UNKNOWN',
] as const;
export type PortfolioStatus = (typeof PORTFOLIO_STATUSES)[number];

/** A holding: `$EUR` is cash in that currency, anything else an instrument (an ISIN). */
export interface Holding {
  readonly instrumentId: string;
  readonly quantity: Decimal;
}

/** Money reserved for withdrawal. InvestSuite writes "everything" as the number 1e100. */
export type Divestment = { readonly kind: 'everything' } | { readonly kind: 'exactly'; readonly amount: Decimal };

/** InvestSuite's `brokerage_account`: the account to pay into, and the broker's ids of the portfolio. */
export interface BrokerageLink {
  /** `brokerage_portfolio_id`: Upvest's account group. */
  readonly brokeragePortfolioId: string | null;
  /** `brokerage_user_id`: Upvest's user. */
  readonly brokerageUserId: string | null;
  readonly bankAccountNumber: string | null;
  readonly paymentReference: string | null;
}

export interface Portfolio {
  readonly id: PortfolioId;
  readonly externalId: string | null;
  readonly name: string | null;
  /** `owned_by_user_id`; null only where InvestSuite sends none. */
  readonly ownerId: UserId | null;
  /** `owned_by_user_ids`: further owners. */
  readonly coOwnerIds: readonly UserId[];
  /** ISO 4217, without the `$` of cash instruments. */
  readonly baseCurrency: string;
  readonly moneyType: MoneyType;
  readonly manager: PortfolioManager;
  readonly status: PortfolioStatus | null;
  readonly archived: boolean | null;
  readonly fundedSince: DateTime | null;
  readonly version: number | null;
  /** The readable holdings; computations need {@link allHoldings}. */
  readonly holdings: readonly Holding[];
  readonly unreadableHoldings?: readonly UnreadableRow[] | undefined;
  /** Null where nothing is reserved (InvestSuite: null or 0), and for portfolios that the customer manages. */
  readonly divestment: Divestment | null;
  readonly brokerage: BrokerageLink | null;
}

/** The holdings of a portfolio without unreadable ones. Throws UpstreamRowUnreadableError otherwise. */
export const allHoldings = ({ holdings, unreadableHoldings = [] }: Portfolio): readonly Holding[] =>
  wholeOf({ rows: holdings, unreadable: unreadableHoldings });

export const isRobo = (portfolio: Pick<Portfolio, 'manager'>): boolean =>
  portfolio.manager === 'ROBO_ADVISOR_ADVISORY' || portfolio.manager === 'ROBO_ADVISOR_DISCRETIONARY';

/** The currency of a cash holding (`$EUR` -> `EUR`); undefined for an instrument. */
export const cashCurrency = (instrumentId: string): string | undefined =>
  /^\$[A-Z]{3}$/.test(instrumentId) ? instrumentId.slice(1) : undefined;

export const cashInstrument = (currency: string): string => `$${currency}`;
