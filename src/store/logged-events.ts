import { z } from 'zod';
import { type CashBalance, ORDER_SIDES } from '../domain/broker.ts';
import { BROKER_EXECUTION_STATUSES } from '../domain/broker-payments.ts';
import { parseDay } from '../domain/calendar-day.ts';
import { keptFees, type LedgerLine } from '../domain/cash-ledger.ts';
import { DEPOSIT_STATES, type Deposit } from '../domain/deposit.ts';
import { parseAccountGroupId, parseAccountId, parsePortfolioId } from '../domain/ids.ts';
import type {
  OptimizationPayload,
  OrderPayload,
  SynchronizationPayload,
  ValuationPayload,
} from '../domain/notification.ts';
import { ORDER_STATES, type Order, PLACED_ORDER_TYPES } from '../domain/order/placed.ts';
import { decimalText, parsed, timeText } from '../domain/parsed-text.ts';
import { REBALANCING_STATES, type Rebalancing } from '../domain/rebalancing.ts';
import { SYNCHRONIZATION_STATES } from '../domain/synchronization/change.ts';
import {
  VIRTUAL_CASH_DIRECTIONS,
  VIRTUAL_CASH_STATES,
  VIRTUAL_CASH_STATUSES,
  type VirtualCashMovement,
} from '../domain/virtual-cash.ts';
import { WITHDRAWAL_STATES, type Withdrawal } from '../domain/withdrawal.ts';
import type { EventLogRow } from './tables.ts';

/**
 * Contents of the log's rows. They outlive the release that wrote them: a kind is never renamed. Content that an older reader would
 * misunderstand gets the next version, and the schema of the old one stays.
 */
const VERSION = 1;

const text = z.string().nullable();
const portfolioId = parsed(parsePortfolioId, 'a portfolio id');
const day = parsed(parseDay, 'a day');
const accountId = parsed(parseAccountId, 'an account id');
const accountGroupId = parsed(parseAccountGroupId, 'an account group id');

/** Fields that objects with states have in common. */
const withHistory = <const S extends readonly [string, ...string[]]>(states: S) => ({
  id: z.string(),
  portfolioId,
  state: z.enum(states),
  reason: text,
  // The first release had none.
  reasonCode: text.optional(),
  history: z.array(z.object({ state: z.enum(states), at: timeText, reason: text })),
  createdAt: timeText,
  updatedAt: timeText,
});

const money = { amount: decimalText, currency: z.string() };

const deposit: z.ZodType<Deposit> = z.object({ ...withHistory(DEPOSIT_STATES), ...money, virtualCashIncreaseId: text });

const withdrawal: z.ZodType<Withdrawal> = z.object({
  ...withHistory(WITHDRAWAL_STATES),
  ...money,
  upvestWithdrawalId: text,
  // The first release had none.
  taxes: decimalText.nullable().optional(),
  remittanceInformation: text,
});

const virtualCash: z.ZodType<VirtualCashMovement> = z.object({
  ...withHistory(VIRTUAL_CASH_STATES),
  ...money,
  upvestId: text,
  direction: z.enum(VIRTUAL_CASH_DIRECTIONS),
  accountGroupId,
  status: z.enum(VIRTUAL_CASH_STATUSES),
});

const cashBalance: z.ZodType<CashBalance> = z.object({
  accountGroupId,
  currency: z.string(),
  balance: decimalText,
  lockedForTrading: decimalText,
  pendingSettlement: decimalText,
  availableForWithdrawal: decimalText,
  availableForTrading: decimalText,
});

const cashTransaction: z.ZodType<LedgerLine> = z.object({
  id: z.string(),
  type: z.string(),
  accountGroupId,
  amount: decimalText,
  currency: z.string(),
  taxes: decimalText,
  fees: keptFees.optional(),
  isin: text,
  references: z.array(z.object({ id: z.string(), type: z.string() })),
  bookingDate: text,
  bookedAt: timeText.nullable(),
  bookedOn: day.nullable(),
  valuedOn: day.nullable(),
  createdAt: timeText.nullable(),
});

const valuation: z.ZodType<ValuationPayload> = z.object({ accountId, securities: decimalText, currency: z.string() });

/** An execution as it is kept, also with the row of its order. */
export const keptExecution = z.object({
  id: z.string(),
  orderId: text,
  status: z.enum(BROKER_EXECUTION_STATUSES),
  side: z.enum(ORDER_SIDES).nullable(),
  currency: text,
  cashAmount: decimalText.nullable(),
  quantity: decimalText.nullable(),
  price: decimalText.nullable(),
  transactionTime: timeText.nullable(),
  settlementDate: text,
  taxes: z.array(z.object({ type: z.string(), amount: decimalText })),
});

/** The request to the broker, also as it is kept with the row of the order. */
export const keptOrderRequest = z.object({
  side: z.enum(ORDER_SIDES),
  isin: z.string(),
  quantity: decimalText.nullable(),
  amount: decimalText.nullable(),
  currency: z.string(),
  orderType: z.enum(PLACED_ORDER_TYPES),
  limitPrice: decimalText.nullable(),
  stopPrice: decimalText.nullable(),
  expiresOn: day.nullable(),
  accountId,
  optimizationId: text,
});

const placedOrder: z.ZodType<Order> = keptOrderRequest.extend({
  ...withHistory(ORDER_STATES),
  cancelling: z.boolean(),
  brokerOrderId: text,
  transactionId: text,
  filledQuantity: decimalText,
  filledAmount: decimalText,
  averagePrice: decimalText.nullable(),
  fee: decimalText.nullable(),
  taxes: decimalText,
  executions: z.array(keptExecution),
});

const order: z.ZodType<OrderPayload> = z.object({
  orderId: text,
  status: text,
  transactionId: text,
  // The first releases had none.
  order: placedOrder.nullable().optional(),
});

/** A recommended order that was not sent, also as it is kept with the row of the rebalancing. */
export const keptSkippedOrder = z.object({
  isin: z.string(),
  side: z.enum(ORDER_SIDES),
  quantity: decimalText,
  reason: z.string(),
});

const rebalancing: z.ZodType<Rebalancing> = z.object({
  ...withHistory(REBALANCING_STATES),
  optimizationId: z.string(),
  orderIds: z.array(z.string()),
  skipped: z.array(keptSkippedOrder),
});

const optimization: z.ZodType<OptimizationPayload> = z.object({
  optimizationId: text,
  value: text,
  isRecommended: z.boolean().nullable(),
});

const synchronization: z.ZodType<SynchronizationPayload> = z.object({ state: z.enum(SYNCHRONIZATION_STATES) });

type Scalar = string | number | boolean;
/** JSON that is not null. */
export type JsonContent = Scalar | readonly (JsonContent | null)[] | { readonly [key: string]: JsonContent | null };
const json: z.ZodType<JsonContent> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.array(json.nullable()), z.record(z.string(), json.nullable())]),
);

const readerOf =
  <K extends string, T>(kind: K, content: z.ZodType<T>) =>
  (given: unknown): { readonly kind: K; readonly content: T } | undefined => {
    const { success, data } = content.safeParse(given);
    return success ? { kind, content: data } : undefined;
  };

const READERS = {
  deposit: readerOf('deposit', deposit),
  withdrawal: readerOf('withdrawal', withdrawal),
  'virtual-cash': readerOf('virtual-cash', virtualCash),
  'cash-balance': readerOf('cash-balance', cashBalance),
  'cash-transaction': readerOf('cash-transaction', cashTransaction),
  valuation: readerOf('valuation', valuation),
  order: readerOf('order', order),
  optimization: readerOf('optimization', optimization),
  rebalancing: readerOf('rebalancing', rebalancing),
  portfolio: readerOf('portfolio', z.object({})),
  synchronization: readerOf('synchronization', synchronization),
  /** An upstream's event as it came; its numbers are strings. */
  other: readerOf('other', json),
} as const;

export type EventKind = keyof typeof READERS;
/** The content of a row of the log. */
export type LoggedEvent = NonNullable<ReturnType<(typeof READERS)[EventKind]>>;

const isKind = (name: string): name is EventKind => Object.hasOwn(READERS, name);

/** Kinds before they had versions: names of types of the graph. */
const KINDS_BEFORE: ReadonlyMap<string, EventKind> = new Map([
  ['DepositNotification', 'deposit'],
  ['WithdrawalNotification', 'withdrawal'],
  ['VirtualCashNotification', 'virtual-cash'],
  ['CashBalanceNotification', 'cash-balance'],
  ['OrderNotification', 'order'],
  ['OptimizationNotification', 'optimization'],
  ['PortfolioNotification', 'portfolio'],
]);

type StoredColumns = Pick<EventLogRow, 'shape' | 'payload'>;

/** The columns of an event. */
export const storedEvent = ({ kind, content }: LoggedEvent): StoredColumns => ({
  shape: `${kind}.v${VERSION}`,
  payload: JSON.stringify(content),
});

/** The kind of a row; `other` for one that only a newer gateway knows. */
export function kindOfEvent({ shape }: Pick<EventLogRow, 'shape'>): EventKind {
  const [, name = '', version] = /^([a-z-]+)\.v(\d+)$/.exec(shape) ?? [];
  const isKnown = version !== undefined && Number(version) <= VERSION;
  return (isKnown && isKind(name) ? name : KINDS_BEFORE.get(shape)) ?? 'other';
}

/**
 * A row as it was logged. Never throws on a row: what only a newer gateway knows, or does not have the form of its kind, is passed
 * on as `other`, unchanged, so that it holds up no reader of the log.
 */
export function eventOfRow(row: StoredColumns): LoggedEvent {
  const kind = kindOfEvent(row);
  const given: unknown = JSON.parse(row.payload);
  return READERS[kind](given) ?? { kind: 'other', content: json.parse(given ?? {}) };
}
