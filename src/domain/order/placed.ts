import type { OrderSide } from '../broker.ts';
import { taxesOf } from '../broker-executions.ts';
import type { BrokerExecution } from '../broker-payments.ts';
import type { CalendarDay } from '../calendar-day.ts';
import type { DateTime } from '../datetime.ts';
import { type Decimal, divide, isPositive, multiply, sum, ZERO } from '../decimal.ts';
import type { AccountId, PortfolioId } from '../ids.ts';
import type { StateChange, Transitions } from '../state-change.ts';
import type { UpstreamRefusal } from '../upstream-refusal.ts';

export const ORDER_STATES = [
  'REQUESTED',
  'RECORDED',
  'SUBMITTED',
  'WORKING',
  'FILLED',
  'SETTLED',
  'CANCELLED',
  'REJECTED',
  'EXPIRED',
  'NEEDS_REVIEW',
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/**
 * docs/orders.md has the transitions. States only go forward, but for what the broker says later: a fill that is taken back ends a
 * FILLED or SETTLED order as CANCELLED, and an order that was given up and is at the broker after all follows the broker.
 */
export const ORDER_TRANSITIONS: Transitions<OrderState> = {
  REQUESTED: ['REQUESTED', 'RECORDED', 'SUBMITTED', 'CANCELLED', 'REJECTED', 'EXPIRED', 'NEEDS_REVIEW'],
  RECORDED: ['RECORDED', 'SUBMITTED', 'CANCELLED', 'REJECTED', 'EXPIRED', 'NEEDS_REVIEW'],
  SUBMITTED: ['SUBMITTED', 'WORKING', 'FILLED', 'CANCELLED', 'EXPIRED', 'NEEDS_REVIEW'],
  WORKING: ['WORKING', 'FILLED', 'CANCELLED', 'EXPIRED', 'NEEDS_REVIEW'],
  FILLED: ['FILLED', 'SETTLED', 'CANCELLED', 'NEEDS_REVIEW'],
  SETTLED: ['SETTLED', 'CANCELLED', 'NEEDS_REVIEW'],
  CANCELLED: ['CANCELLED', 'NEEDS_REVIEW'],
  REJECTED: ['REJECTED', 'SUBMITTED', 'NEEDS_REVIEW'],
  EXPIRED: ['EXPIRED', 'SUBMITTED', 'NEEDS_REVIEW'],
  NEEDS_REVIEW: [
    'REQUESTED',
    'RECORDED',
    'SUBMITTED',
    'WORKING',
    'FILLED',
    'SETTLED',
    'CANCELLED',
    'REJECTED',
    'EXPIRED',
  ],
};

/** Whether nothing more will be traded or settled, as far as the broker has said. */
export const isOver = (state: OrderState): boolean =>
  state === 'SETTLED' || state === 'CANCELLED' || state === 'REJECTED' || state === 'EXPIRED';

export const PLACED_ORDER_TYPES = ['MARKET', 'LIMIT', 'STOP'] as const;
export type PlacedOrderType = (typeof PLACED_ORDER_TYPES)[number];

/** A customer's wish: units (`quantity`) or money (`amount`), both above 0, never both. */
export interface OrderRequest {
  readonly side: OrderSide;
  readonly isin: string;
  readonly quantity: Decimal | null;
  /** At most two decimals. */
  readonly amount: Decimal | null;
  readonly currency: string;
  readonly orderType: PlacedOrderType;
  readonly limitPrice: Decimal | null;
  readonly stopPrice: Decimal | null;
  /** Last day on which it may be executed. */
  readonly expiresOn: CalendarDay | null;
}

/** An order that the gateway sends to the broker and records in InvestSuite. */
export interface Order extends OrderRequest, OrderFigures {
  readonly id: string;
  readonly portfolioId: PortfolioId;
  /** Upvest's account that it trades in. */
  readonly accountId: AccountId;
  readonly state: OrderState;
  /** Why it was cancelled, rejected, expired or needs a person; null otherwise. */
  readonly reason: string | null;
  /** Why an upstream refused, see {@link ReasonCode}; null where none did. Missing in old events. */
  readonly reasonCode?: string | null | undefined;
  /** The last refusal of each step; missing in events. */
  readonly refusals?: readonly UpstreamRefusal[] | undefined;
  /** A cancellation was asked for, and the broker has not answered yet. */
  readonly cancelling: boolean;
  readonly brokerOrderId: string | null;
  readonly transactionId: string | null;
  readonly optimizationId: string | null;
  readonly history: readonly StateChange<OrderState>[];
  readonly createdAt: DateTime;
  readonly updatedAt: DateTime;
}

/** Figures of the executions so far; exact. */
export interface OrderFigures {
  readonly filledQuantity: Decimal;
  readonly filledAmount: Decimal;
  /** The price of one unit over all fills that stand; at most 27 decimals. Null without a fill. */
  readonly averagePrice: Decimal | null;
  readonly fee: Decimal | null;
  readonly taxes: Decimal;
  readonly executions: readonly BrokerExecution[];
}

/** Decimals that Upvest has at most in a price or quantity. */
const PRICE_DECIMALS = 27;

/** Whether an execution counts: CANCELLED is a mistrade that was taken back. */
export const stands = ({ status }: Pick<BrokerExecution, 'status'>): boolean =>
  status === 'FILLED' || status === 'SETTLED';

export function figuresOf(executions: readonly BrokerExecution[], fee: Decimal | null): OrderFigures {
  const standing = executions.filter(stands);
  const priced = standing.flatMap(({ price, quantity }) =>
    price === null || quantity === null || !isPositive(quantity) ? [] : [{ price, quantity }],
  );
  const units = sum(priced.map(({ quantity }) => quantity));
  const paid = sum(priced.map(({ price, quantity }) => multiply(price, quantity)));
  return {
    filledQuantity: sum(standing.map(({ quantity }) => quantity ?? ZERO)),
    filledAmount: sum(standing.map(({ cashAmount }) => cashAmount ?? ZERO)),
    averagePrice: isPositive(units) ? divide(paid, units, PRICE_DECIMALS) : null,
    fee,
    taxes: sum(standing.map(taxesOf)),
    executions,
  };
}
