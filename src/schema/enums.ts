import type { EnumRef } from '@pothos/core';
import { BROKER_ORDER_STATUSES, ORDER_SIDES } from '../domain/broker.ts';
import { BROKER_EXECUTION_STATUSES } from '../domain/broker-payments.ts';
import { QUANTITY_TYPES } from '../domain/optimization.ts';
import { MONEY_TYPES, PORTFOLIO_MANAGERS, PORTFOLIO_STATUSES } from '../domain/portfolio.ts';
import { PRICE_QUALITIES } from '../domain/prices.ts';
import { SYNCHRONIZATION_STATES } from '../domain/synchronization/change.ts';
import {
  MOVEMENT_STATUSES,
  MOVEMENT_TYPES,
  ORDER_TYPES,
  TRADE_TYPES,
  TRANSACTION_TYPES,
} from '../domain/transaction.ts';
import { UPSTREAM_SYSTEMS } from '../errors.ts';
import type { Builder, SchemaTypes } from './builder.ts';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

const UNKNOWN = 'A value of the upstream that the gateway does not know; not allowed as input.';

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
    // Object.fromEntries loses the key type; the keys are exactly `values`.
    values: entries as Record<T, { value: T; description: string }>,
  }) as EnumRef<Types, T>;
}

export type Enums = ReturnType<typeof addEnums>;

export function addEnums(builder: Builder) {
  return {
    UpstreamSystem: addEnum(builder, 'UpstreamSystem', 'One of the two systems behind the gateway.', UPSTREAM_SYSTEMS, {
      INVESTSUITE: 'InvestSuite: portfolios and transactions.',
      UPVEST: 'Upvest: the broker.',
    }),
    MoneyType: addEnum(builder, 'MoneyType', 'Whether a portfolio holds real money.', MONEY_TYPES, {
      REAL_MONEY: 'The portfolio holds real money.',
      PAPER_MONEY: 'The portfolio holds play money: nothing moves at the broker.',
      UNKNOWN,
    }),
    PortfolioManager: addEnum(builder, 'PortfolioManager', 'Manager of a portfolio.', PORTFOLIO_MANAGERS, {
      USER_MANAGED: 'The customer decides (self investor).',
      ROBO_ADVISOR_ADVISORY: 'The robo advisor recommends, the customer decides.',
      ROBO_ADVISOR_DISCRETIONARY: 'The robo advisor decides.',
      UNKNOWN,
    }),
    PortfolioStatus: addEnum(builder, 'PortfolioStatus', 'Set-up status of a portfolio.', PORTFOLIO_STATUSES, {
      WAITING_FOR_ACCOUNT: 'The customer must still add brokerage accounts.',
      WAITING_FOR_POLICY: 'The customer has not finished risk profiling.',
      WAITING_FOR_FUNDS: 'The first deposit has not arrived.',
      ACTIVE: 'The portfolio is in use.',
      INACTIVE: 'The portfolio is not in use.',
      UNKNOWN,
    }),
    TransactionType: addEnum(builder, 'TransactionType', 'Type of a transaction.', TRANSACTION_TYPES, {
      ORDER: 'Buys or sells an instrument.',
      CASH_TRANSFER: 'Moves cash in or out.',
      CORPORATE_ACTION: 'Corporate action: dividend, split and similar.',
      SECURITY_TRANSFER: 'Moves instruments from or to another broker.',
      ADMINISTRATIVE: 'Fees and taxes that belong to no order.',
      UNKNOWN,
    }),
    OrderType: addEnum(builder, 'OrderType', 'Type of an order.', ORDER_TYPES, {
      MARKET: 'Executes at the market price.',
      LIMIT: 'Executes at the limit price or better.',
      STOP: 'Executed at the next price once the stop price is reached.',
      UNKNOWN,
    }),
    MovementType: addEnum(builder, 'MovementType', 'Type of a movement.', MOVEMENT_TYPES, {
      CASH_DEPOSIT: 'Cash is paid in.',
      CASH_DIVIDEND: 'A dividend is paid in cash.',
      CASH_WITHDRAWAL: 'Cash is paid out.',
      COUPON: 'A bond pays interest.',
      BUY: 'An instrument is bought; for cash: the cash leg of a sale.',
      SELL: 'An instrument is sold; for cash: the cash leg of a purchase.',
      CORPORATE_ACTION_IN: 'A corporate action adds units or cash.',
      CORPORATE_ACTION_OUT: 'A corporate action removes units or cash.',
      REVERSE_STOCK_SPLIT: 'Several shares are merged into one.',
      STOCK_DIVIDEND: 'A dividend is paid in shares.',
      STOCK_SPLIT: 'One share is split into several.',
      TRANSFER_IN: 'Units are transferred in from another broker.',
      TRANSFER_OUT: 'Units are transferred out to another broker.',
      CUSTODY_FEE: 'Fee for safekeeping.',
      INSTRUMENT_ENTRY_EXIT_FEE: 'Fee of the instrument on entry or exit.',
      MANAGEMENT_FEE: 'Fee for managing the portfolio.',
      OTHER_FEE: 'Any other fee; the description names it.',
      OTHER_TAX: 'Any other tax; the description names it.',
      SERVICE_ENTRY_EXIT_FEE: 'Fee of the service on entry or exit.',
      TRANSACTION_FEE: 'Fee for a transaction.',
      WITHHOLDING_TAX: 'Tax withheld at source.',
      UNKNOWN,
    }),
    MovementStatus: addEnum(builder, 'MovementStatus', 'Status of a movement.', MOVEMENT_STATUSES, {
      PLANNED: 'The movement is intended.',
      PENDING: 'The order is about to be placed.',
      PLACED: 'The order is placed at the market.',
      EXECUTED: 'The movement is executed at the market, not yet settled.',
      SETTLED: 'The movement is settled: money and instruments have changed hands.',
      NOT_EXECUTED: 'The order was not executed.',
      EXPIRED: 'The order expired before it was executed.',
      CANCELLED: 'The order was cancelled.',
      UNKNOWN,
    }),
    TradeType: addEnum(builder, 'TradeType', 'Why a movement was booked again.', TRADE_TYPES, {
      CANCEL: 'Cancels an earlier booking.',
      REBOOK: 'Books a cancelled movement again.',
      INSTRUMENT_CHANGE: 'Books again because the instrument has changed.',
      CORRECTION: 'Corrects an earlier booking.',
      UNKNOWN,
    }),
    QuantityType: addEnum(builder, 'QuantityType', 'Unit of the quantity of a recommended order.', QUANTITY_TYPES, {
      UNITS: 'Units of the instrument.',
      AMOUNT: 'Money, in the base currency.',
      UNKNOWN,
    }),
    PriceQuality: addEnum(
      builder,
      'PriceQuality',
      'How good a price is, in the words of the broker.',
      PRICE_QUALITIES,
      {
        END_OF_DAY: 'The last price of a day.',
        DELAYED: 'A delayed price of the day.',
        REALTIME: 'A price in real time.',
        HIGHEST_AVAILABLE: 'The best quality that the tenant may see, which may be any of the others.',
        UNKNOWN: 'No price, or a quality that the gateway does not know; not allowed as input.',
      },
    ),
    OrderSide: addEnum(builder, 'OrderSide', 'Whether an order buys or sells.', ORDER_SIDES, {
      BUY: 'Buys the instrument.',
      SELL: 'Sells the instrument.',
    }),
    ExecutionStatus: addEnum(
      builder,
      'ExecutionStatus',
      'Status of an execution at the broker.',
      BROKER_EXECUTION_STATUSES,
      {
        FILLED: 'The execution is traded, not yet settled.',
        SETTLED: 'The execution is settled: units and money have changed hands.',
        CANCELLED: 'The execution was reversed.',
        UNKNOWN,
      },
    ),
    BrokerOrderStatus: addEnum(
      builder,
      'BrokerOrderStatus',
      'Status of an order at the broker.',
      BROKER_ORDER_STATUSES,
      {
        NEW: 'The broker has accepted the order.',
        PROCESSING: 'The broker is working on the order; parts of it may be filled.',
        FILLED: 'The order is filled.',
        CANCELLED: 'The order is cancelled.',
        UNKNOWN,
      },
    ),
    ...synchronizationEnums(builder),
  };
}

const synchronizationEnums = (builder: Builder) => ({
  SynchronizationState: addEnum(
    builder,
    'SynchronizationState',
    'Whether the holdings in InvestSuite are what the broker has.',
    SYNCHRONIZATION_STATES,
    {
      OFF: 'The gateway does not synchronize (PORTFOLIO_SYNC).',
      IN_SYNC: 'The holdings are equal.',
      PENDING: 'Something is being brought over, or waits for orders or money that are under way.',
      DRIFTED: 'The two differ and nothing under way explains it; see reconciliation.',
    },
  ),
  SynchronizationChangeKind: addEnum(
    builder,
    'SynchronizationChangeKind',
    'Kind of a change that a synchronization makes in InvestSuite.',
    ['HOLDING', 'TRANSACTION'] as const,
    { HOLDING: 'The quantity of a holding.', TRANSACTION: 'A transaction is made.' },
  ),
});
