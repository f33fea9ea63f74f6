import type { EnumRef } from '@pothos/core';
import { BROKER_ORDER_STATUSES, ORDER_SIDES } from '../domain/broker.ts';
import { QUANTITY_TYPES } from '../domain/optimization.ts';
import { MONEY_TYPES, PORTFOLIO_MANAGERS, PORTFOLIO_STATUSES } from '../domain/portfolio.ts';
import {
  MOVEMENT_STATUSES,
  MOVEMENT_TYPES,
  ORDER_TYPES,
  TRADE_TYPES,
  TRANSACTION_TYPES,
} from '../domain/transaction.ts';
import type { Builder, SchemaTypes } from './builder.ts';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

const UNKNOWN = 'A value of the upstream that the gateway does not know.';

/** Adds an enum whose values are each described; a value without text does not compile. */
export function addEnum<const T extends string>(
  builder: Builder,
  name: string,
  description: string,
  values: readonly T[],
  texts: Readonly<Record<T, string>>,
): EnumRef<Types, T> {
  const entries = Object.fromEntries(values.map((value) => [value, { value, description: texts[value] }]));
  return builder.enumType<string, Record<T, { value: T; description: string }>>(name, {
    description,
    // fromEntries forgets which keys it was given; they are exactly `values`.
    values: entries as Record<T, { value: T; description: string }>,
  }) as EnumRef<Types, T>;
}

export type Enums = ReturnType<typeof addEnums>;

export function addEnums(builder: Builder) {
  return {
    MoneyType: addEnum(builder, 'MoneyType', 'Whether a portfolio holds real money.', MONEY_TYPES, {
      REAL_MONEY: 'Real money.',
      PAPER_MONEY: 'Play money: nothing moves at the broker.',
      UNKNOWN,
    }),
    PortfolioManager: addEnum(builder, 'PortfolioManager', 'Who decides what a portfolio holds.', PORTFOLIO_MANAGERS, {
      USER_MANAGED: 'The customer (self investor).',
      ROBO_ADVISOR_ADVISORY: 'The robo advisor proposes, the customer decides.',
      ROBO_ADVISOR_DISCRETIONARY: 'The robo advisor decides.',
      UNKNOWN,
    }),
    PortfolioStatus: addEnum(builder, 'PortfolioStatus', 'How far a portfolio is set up.', PORTFOLIO_STATUSES, {
      WAITING_FOR_ACCOUNT: 'The customer must still add brokerage accounts.',
      WAITING_FOR_POLICY: 'The customer is still in risk profiling.',
      WAITING_FOR_FUNDS: 'The first money has not arrived.',
      ACTIVE: 'In use.',
      INACTIVE: 'Not in use.',
      UNKNOWN,
    }),
    TransactionType: addEnum(builder, 'TransactionType', 'What a transaction is about.', TRANSACTION_TYPES, {
      ORDER: 'An instrument is bought or sold.',
      CASH_TRANSFER: 'Cash comes in or goes out.',
      CORPORATE_ACTION: 'A company acts on its shares: dividend, split and the like.',
      SECURITY_TRANSFER: 'Instruments come from or go to another broker.',
      ADMINISTRATIVE: 'Fees and taxes that belong to no order.',
      UNKNOWN,
    }),
    OrderType: addEnum(builder, 'OrderType', 'How an order is priced.', ORDER_TYPES, {
      MARKET: 'At the market price.',
      LIMIT: 'At the limit price or better.',
      UNKNOWN,
    }),
    MovementType: addEnum(builder, 'MovementType', 'What one leg of a transaction does.', MOVEMENT_TYPES, {
      CASH_DEPOSIT: 'Cash paid in.',
      CASH_DIVIDEND: 'Dividend paid in cash.',
      CASH_WITHDRAWAL: 'Cash paid out.',
      COUPON: 'Interest of a bond.',
      BUY: 'Comes into the portfolio; of cash: the money leg of a sale.',
      SELL: 'Leaves the portfolio; of cash: the money leg of a purchase.',
      CORPORATE_ACTION_IN: 'Comes in by a corporate action.',
      CORPORATE_ACTION_OUT: 'Leaves by a corporate action.',
      REVERSE_STOCK_SPLIT: 'Several shares become one.',
      STOCK_DIVIDEND: 'Dividend paid in shares.',
      STOCK_SPLIT: 'One share becomes several.',
      TRANSFER_IN: 'Comes from another broker.',
      TRANSFER_OUT: 'Goes to another broker.',
      CUSTODY_FEE: 'Fee for safekeeping.',
      INSTRUMENT_ENTRY_EXIT_FEE: 'Fee of the instrument on entry or exit.',
      MANAGEMENT_FEE: 'Fee for managing the portfolio.',
      OTHER_FEE: 'Another fee; the description says which.',
      OTHER_TAX: 'Another tax; the description says which.',
      SERVICE_ENTRY_EXIT_FEE: 'Fee of the service on entry or exit.',
      TRANSACTION_FEE: 'Fee for a transaction.',
      WITHHOLDING_TAX: 'Tax withheld at source.',
      UNKNOWN,
    }),
    MovementStatus: addEnum(builder, 'MovementStatus', 'How far a movement is.', MOVEMENT_STATUSES, {
      PLANNED: 'Intended.',
      PENDING: 'About to be placed.',
      PLACED: 'Placed at the market.',
      EXECUTED: 'Done at the market, not yet settled.',
      SETTLED: 'Done; money and instruments have changed hands.',
      NOT_EXECUTED: 'Did not come about.',
      EXPIRED: 'Ran out before it came about.',
      CANCELLED: 'Cancelled.',
      UNKNOWN,
    }),
    TradeType: addEnum(builder, 'TradeType', 'Why a movement was booked again.', TRADE_TYPES, {
      CANCEL: 'Cancels an earlier booking.',
      REBOOK: 'Books it again.',
      INSTRUMENT_CHANGE: 'The instrument has changed.',
      CORRECTION: 'Corrects an earlier booking.',
      UNKNOWN,
    }),
    QuantityType: addEnum(builder, 'QuantityType', 'What a recommended order is counted in.', QUANTITY_TYPES, {
      UNITS: 'Units of the instrument.',
      AMOUNT: 'Money, in the base currency.',
      UNKNOWN,
    }),
    OrderSide: addEnum(builder, 'OrderSide', 'Whether an order buys or sells.', ORDER_SIDES, {
      BUY: 'Buys.',
      SELL: 'Sells.',
    }),
    BrokerOrderStatus: addEnum(
      builder,
      'BrokerOrderStatus',
      'How far an order is at the broker.',
      BROKER_ORDER_STATUSES,
      {
        NEW: 'Accepted.',
        PROCESSING: 'Being worked on; may be filled in part.',
        FILLED: 'Filled.',
        CANCELLED: 'Cancelled.',
        UNKNOWN,
      },
    ),
  };
}
