import type {
  MoneyType,
  MovementStatus,
  MovementType,
  OrderState,
  PortfolioManager,
  PortfolioStatus,
  RebalancingState,
  TransactionType,
  WithdrawalState,
} from './generated/graphql.ts';

/** How what is said looks: good, waiting, bad, or none of these. */
export type Tone = 'good' | 'busy' | 'bad' | 'plain';

export const MANAGERS: Readonly<Record<PortfolioManager, string>> = {
  USER_MANAGED: 'Self-managed',
  ROBO_ADVISOR_DISCRETIONARY: 'Robo advisor',
  ROBO_ADVISOR_ADVISORY: 'Robo advice',
  UNKNOWN: 'Managed otherwise',
};

export const MONEY_TYPES: Readonly<Record<MoneyType, string>> = {
  REAL_MONEY: 'Real money',
  PAPER_MONEY: 'Paper money',
  UNKNOWN: 'Unknown money',
};

export const PORTFOLIO_STATUSES: Readonly<Record<PortfolioStatus, readonly [string, Tone]>> = {
  ACTIVE: ['Active', 'good'],
  WAITING_FOR_ACCOUNT: ['Waiting for account', 'busy'],
  WAITING_FOR_POLICY: ['Waiting for policy', 'busy'],
  WAITING_FOR_FUNDS: ['Waiting for money', 'busy'],
  INACTIVE: ['Inactive', 'plain'],
  UNKNOWN: ['Unknown', 'plain'],
};

export const WITHDRAWAL_STATES: Readonly<Record<WithdrawalState, readonly [string, Tone]>> = {
  REQUESTED: ['Requested', 'busy'],
  RESERVED: ['Reserved', 'busy'],
  AWAITING_CASH: ['Waiting for cash', 'busy'],
  SUBMITTED: ['At the broker', 'busy'],
  PROCESSING: ['Being paid', 'busy'],
  PAID: ['Paid', 'good'],
  COMPLETED: ['Completed', 'good'],
  CANCELLED: ['Cancelled', 'plain'],
  FAILED: ['Failed', 'bad'],
  RETURNED: ['Returned by the bank', 'bad'],
  NEEDS_REVIEW: ['A person looks at it', 'busy'],
};

export const ORDER_STATES: Readonly<Record<OrderState, readonly [string, Tone]>> = {
  REQUESTED: ['Requested', 'busy'],
  RECORDED: ['Recorded', 'busy'],
  SUBMITTED: ['At the broker', 'busy'],
  WORKING: ['Being traded', 'busy'],
  FILLED: ['Filled', 'good'],
  SETTLED: ['Settled', 'good'],
  CANCELLED: ['Cancelled', 'plain'],
  REJECTED: ['Refused', 'bad'],
  EXPIRED: ['Expired', 'bad'],
  NEEDS_REVIEW: ['A person looks at it', 'busy'],
};

export const REBALANCING_STATES: Readonly<Record<RebalancingState, readonly [string, Tone]>> = {
  REQUESTED: ['Requested', 'busy'],
  SELLING: ['Selling', 'busy'],
  BUYING: ['Buying', 'busy'],
  COMPLETED: ['Completed', 'good'],
  CANCELLED: ['Cancelled', 'plain'],
  NEEDS_REVIEW: ['A person looks at it', 'busy'],
};

export const TRANSACTION_TYPES: Readonly<Record<TransactionType, string>> = {
  ORDER: 'Order',
  CASH_TRANSFER: 'Cash transfer',
  CORPORATE_ACTION: 'Corporate action',
  SECURITY_TRANSFER: 'Security transfer',
  ADMINISTRATIVE: 'Fee or tax',
  UNKNOWN: 'Other',
};

export const MOVEMENT_STATUSES: Readonly<Record<MovementStatus, readonly [string, Tone]>> = {
  PLANNED: ['Planned', 'plain'],
  PENDING: ['Pending', 'busy'],
  PLACED: ['Placed', 'busy'],
  EXECUTED: ['Executed', 'good'],
  SETTLED: ['Settled', 'good'],
  NOT_EXECUTED: ['Not executed', 'bad'],
  EXPIRED: ['Expired', 'bad'],
  CANCELLED: ['Cancelled', 'bad'],
  UNKNOWN: ['Unknown', 'plain'],
};

/** `CASH_DEPOSIT` as `Cash deposit`. */
export const wordsOf = (name: string): string => {
  const words = name.replaceAll(/[_.]/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** A movement in words. The money leg of a purchase is a SELL of cash in InvestSuite's books, which nobody would say. */
export function movementWords(type: MovementType, isCash: boolean): string {
  if (isCash && type === 'SELL') return 'Paid for';
  if (isCash && type === 'BUY') return 'Received for';
  return wordsOf(type);
}

/** `$EUR` as `Cash EUR`; an ISIN as it is. */
export const instrumentName = (instrumentId: string): string =>
  instrumentId.startsWith('$') ? `Cash ${instrumentId.slice(1)}` : instrumentId;
