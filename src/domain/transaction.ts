import type { DateTime } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import type { PortfolioId, TransactionId } from './ids.ts';

export const TRANSACTION_TYPES = [
  'ORDER',
  'CASH_TRANSFER',
  'CORPORATE_ACTION',
  'SECURITY_TRANSFER',
  'ADMINISTRATIVE',
  'UNKNOWN',
] as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[number];

export const ORDER_TYPES = ['MARKET', 'LIMIT', 'STOP', 'UNKNOWN'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** The 21 movement types of InvestSuite's transactions page, and UNKNOWN. */
export const MOVEMENT_TYPES = [
  'CASH_DEPOSIT',
  'CASH_DIVIDEND',
  'CASH_WITHDRAWAL',
  'COUPON',
  'BUY',
  'SELL',
  'CORPORATE_ACTION_IN',
  'CORPORATE_ACTION_OUT',
  'REVERSE_STOCK_SPLIT',
  'STOCK_DIVIDEND',
  'STOCK_SPLIT',
  'TRANSFER_IN',
  'TRANSFER_OUT',
  'CUSTODY_FEE',
  'INSTRUMENT_ENTRY_EXIT_FEE',
  'MANAGEMENT_FEE',
  'OTHER_FEE',
  'OTHER_TAX',
  'SERVICE_ENTRY_EXIT_FEE',
  'TRANSACTION_FEE',
  'WITHHOLDING_TAX',
  'UNKNOWN',
] as const;
export type MovementType = (typeof MOVEMENT_TYPES)[number];

export const MOVEMENT_STATUSES = [
  'PLANNED',
  'PENDING',
  'PLACED',
  'EXECUTED',
  'SETTLED',
  'NOT_EXECUTED',
  'EXPIRED',
  'CANCELLED',
  'UNKNOWN',
] as const;
export type MovementStatus = (typeof MOVEMENT_STATUSES)[number];

export const TRADE_TYPES = ['CANCEL', 'REBOOK', 'INSTRUMENT_CHANGE', 'CORRECTION', 'UNKNOWN'] as const;
export type TradeType = (typeof TRADE_TYPES)[number];

/**
 * A movement as InvestSuite sent it, with the fields that the gateway does not know: the list of movements is written
 * as a whole, and unchanged fields are written back as they were read.
 */
export interface MovementAsRead {
  /** Index in the list; null for a movement that copies another one's texts without its ids. */
  readonly place: number | null;
  /** The movement's JSON with unchanged number text. */
  readonly json: string;
}

/** One leg of a transaction; signs and digits as InvestSuite has them. */
export interface Movement {
  readonly externalId: string | null;
  readonly referenceExternalId: string | null;
  readonly type: MovementType;
  readonly status: MovementStatus;
  readonly datetime: DateTime;
  /** `$CCY` for cash, otherwise the instrument (ISIN). */
  readonly instrumentId: string;
  readonly quantity: Decimal;
  readonly unitPrice: Decimal | null;
  /** ISO 4217, without `$`. */
  readonly unitPriceCurrency: string | null;
  readonly tradeType: TradeType | null;
  readonly description: string | null;
  readonly referenceInstrumentId: string | null;
  /** Set only where the transaction was read to be written. */
  readonly asRead?: MovementAsRead | undefined;
}

/** A transaction of one portfolio; type and status may be derived. */
export interface Transaction {
  readonly id: TransactionId;
  readonly portfolioId: PortfolioId;
  readonly externalId: string | null;
  readonly type: TransactionType;
  readonly status: MovementStatus;
  readonly orderType: OrderType | null;
  readonly optimizationId: string | null;
  readonly primaryMovement: Movement | null;
  readonly movements: readonly Movement[];
  readonly createdAt: DateTime | null;
  readonly version: number | null;
}
