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

/** One line of a portfolio: `$EUR` is cash in that currency, anything else an instrument (an ISIN). */
export interface Holding {
  readonly instrumentId: string;
  readonly quantity: Decimal;
}

/** Money reserved for withdrawal. InvestSuite writes "everything" as the number 1e100. */
export type Divestment = { readonly kind: 'everything' } | { readonly kind: 'exactly'; readonly amount: Decimal };

/** InvestSuite's `brokerage_account`: where the customer pays in, and the broker's ids of this portfolio. */
export interface BrokerageLink {
  /** `brokerage_portfolio_id`, as InvestSuite has it; Upvest's account group. */
  readonly brokeragePortfolioId: string | null;
  /** `brokerage_user_id`; Upvest's user. */
  readonly brokerageUserId: string | null;
  readonly bankAccountNumber: string | null;
  readonly paymentReference: string | null;
}

/** A portfolio as InvestSuite holds it. */
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
  /** As far as they could be read: what is computed from them needs {@link allHoldings}. */
  readonly holdings: readonly Holding[];
  /** Lines that could not be read. */
  readonly unreadableHoldings?: readonly UnreadableRow[] | undefined;
  /** Null where nothing is reserved (InvestSuite: null or 0) and for self-investor portfolios. */
  readonly divestment: Divestment | null;
  readonly brokerage: BrokerageLink | null;
}

/** The holdings, where no line of them is missing. Throws an UpstreamRowUnreadableError. */
export const allHoldings = ({ holdings, unreadableHoldings = [] }: Portfolio): readonly Holding[] =>
  wholeOf({ rows: holdings, unreadable: unreadableHoldings });

export const isRobo = (portfolio: Pick<Portfolio, 'manager'>): boolean =>
  portfolio.manager === 'ROBO_ADVISOR_ADVISORY' || portfolio.manager === 'ROBO_ADVISOR_DISCRETIONARY';

/** The currency of a cash line (`$EUR` -> `EUR`), undefined for an instrument. */
export const cashCurrency = (instrumentId: string): string | undefined =>
  /^\$[A-Z]{3}$/.test(instrumentId) ? instrumentId.slice(1) : undefined;

export const cashInstrument = (currency: string): string => `$${currency}`;
