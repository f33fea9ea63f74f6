import type { BrokerExecution } from './broker-payments.ts';
import type { CalendarDay } from './calendar-day.ts';
import type { DateTime } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import type { AccountGroupId, AccountId, BrokerageUserId } from './ids.ts';

/** The broker's ids of a portfolio: Upvest's account group and, where known, Upvest's user. */
export interface BrokerLink {
  readonly accountGroupId: AccountGroupId;
  readonly brokerageUserId: BrokerageUserId | null;
}

/**
 * The cash of one account group in one currency. The fields do not add up by design: no field is derived from another.
 */
export interface CashBalance {
  readonly accountGroupId: AccountGroupId;
  readonly currency: string;
  readonly balance: Decimal;
  readonly lockedForTrading: Decimal;
  readonly pendingSettlement: Decimal;
  readonly availableForWithdrawal: Decimal;
  readonly availableForTrading: Decimal;
}

export interface BrokerAccount {
  readonly id: AccountId;
  readonly accountGroupId: AccountGroupId;
}

export interface Position {
  readonly accountId: AccountId;
  readonly isin: string | null;
  /** Upvest's id of the instrument, for a position without ISIN. */
  readonly instrumentUuid: string | null;
  readonly quantity: Decimal;
  readonly lockedForTrading: Decimal;
  readonly pendingSettlement: Decimal;
  readonly availableForTrading: Decimal;
}

export interface ReferenceAccount {
  readonly id: string;
  readonly name: string | null;
  readonly owner: string | null;
  /** Masked: only the first and last four characters are shown. */
  readonly iban: string | null;
  /** Upvest's id of the account's user. */
  readonly userId?: BrokerageUserId | undefined;
}

export const BROKER_ORDER_STATUSES = ['NEW', 'PROCESSING', 'FILLED', 'CANCELLED', 'UNKNOWN'] as const;
export type BrokerOrderStatus = (typeof BROKER_ORDER_STATUSES)[number];

export const ORDER_SIDES = ['BUY', 'SELL'] as const;
export type OrderSide = (typeof ORDER_SIDES)[number];

export interface BrokerOrder {
  readonly id: string;
  readonly accountId: AccountId;
  readonly side: OrderSide | null;
  readonly instrumentId: string;
  readonly status: BrokerOrderStatus;
  readonly orderType: string | null;
  readonly quantity: Decimal | null;
  readonly cashAmount: Decimal | null;
  readonly currency: string | null;
  readonly limitPrice: Decimal | null;
  readonly stopPrice: Decimal | null;
  /** Last day on which it may be executed. */
  readonly expiresOn: CalendarDay | null;
  readonly fee: Decimal | null;
  readonly cancellationReason: string | null;
  /** Upvest's value, unchanged: API, SAVINGS_PLAN, … */
  readonly initiationFlow: string | null;
  readonly executions: readonly BrokerExecution[];
  readonly clientReference: string | null;
  readonly createdAt: DateTime | null;
  readonly updatedAt: DateTime | null;
}
