import type { InvestSuite } from '../../datasources/investsuite/index.ts';
import type { Upvest } from '../../datasources/upvest/index.ts';
import type { BrokerOrder } from '../../domain/broker.ts';
import {
  type BookedKind,
  type BrokerWithdrawal,
  bookedBy,
  type CashTransaction,
  isTakenBack,
} from '../../domain/broker-payments.ts';
import { type DateTime, dateTime, epochNanoseconds } from '../../domain/datetime.ts';
import { add, type Decimal, magnitude } from '../../domain/decimal.ts';
import type { AccountGroupId, AccountId, PortfolioId } from '../../domain/ids.ts';
import type { Movement, Transaction } from '../../domain/transaction.ts';
import { readDateTime } from '../../domain/written-time.ts';
import { UpstreamRefusedReadError } from '../../errors.ts';
import type { Effect, Sort } from './model.ts';

/** The reads of reconciliation; it never writes. */
export interface LedgerPorts {
  readonly investSuite: Pick<InvestSuite, 'transactions'>;
  readonly upvest: Pick<Upvest, 'withdrawalsOfGroup' | 'cashTransactions' | 'orders'>;
}

/**
 * All entries of an account group since a time (milliseconds since 1970). Rejects with UpstreamErrors, also where the
 * broker does not know the group: then its entries are unknown, not empty.
 */
export async function readBrokerLedgers(
  { upvest }: LedgerPorts,
  accountGroupId: AccountGroupId,
  from: number,
): Promise<readonly Effect[]> {
  const [withdrawals, cash] = await Promise.all([
    upvest.withdrawalsOfGroup(accountGroupId),
    upvest.cashTransactions({ accountGroupId, from: dateTime(new Date(from)) }),
  ]);
  if (withdrawals === null || cash === null) throw new UpstreamRefusedReadError('UPVEST', 404);
  // Few of many lines: each booking is looked for among them.
  const reversals = cash.filter(({ type }) => type.endsWith('_CANCELLATION') || type.endsWith('_CHARGE_BACK'));
  return [...withdrawals.map(effectOfWithdrawal), ...cash.flatMap((line) => effectsOfCash(line, reversals))];
}

/** All orders of the accounts, whatever their status. Rejects with UpstreamErrors. */
export async function readOrderLedger(
  { upvest }: LedgerPorts,
  accounts: readonly AccountId[],
): Promise<readonly Effect[]> {
  return (await Promise.all(accounts.map((account) => upvest.orders(account)))).flat().map(effectOfOrder);
}

function effectOfOrder({ id, clientReference, status, createdAt, updatedAt }: BrokerOrder): Effect {
  return {
    ledger: 'upvest-orders',
    sort: 'order',
    id,
    keys: clientReference === null ? [id] : [id, clientReference],
    amount: null,
    currency: null,
    status,
    at: msOf(createdAt),
    changedAt: msOf(updatedAt),
    // Other systems place orders too.
    watched: clientReference?.startsWith('ord_') === true,
  };
}

/** All transactions of a portfolio. Rejects with UpstreamErrors. */
export async function readInvestSuiteLedger(
  { investSuite }: LedgerPorts,
  portfolioId: PortfolioId,
): Promise<readonly Effect[]> {
  return (await investSuite.transactions(portfolioId)).flatMap(effectsOfTransaction);
}

const msOf = (time: DateTime | null): number | null =>
  time === null ? null : Number(epochNanoseconds(time) / 1_000_000n);

function effectOfWithdrawal(withdrawal: BrokerWithdrawal): Effect {
  const { id, amount, currency, status, createdAt, updatedAt } = withdrawal;
  return {
    ledger: 'upvest-withdrawals',
    sort: 'withdrawal',
    id,
    keys: [id],
    amount,
    currency,
    status,
    at: msOf(createdAt),
    changedAt: msOf(updatedAt),
    watched: true,
  };
}

const CASH_SORTS: Readonly<Record<BookedKind, Sort>> = {
  VIRTUAL_CASH_INCREASE: 'virtual cash increase',
  VIRTUAL_CASH_DECREASE: 'virtual cash decrease',
  WITHDRAWAL: 'withdrawal payment',
};

/** The effect that a line of the cash ledger books. A reversed effect is still returned, as cancelled. */
function effectsOfCash(line: CashTransaction, reversals: readonly CashTransaction[]): Effect[] {
  const booked = bookedBy(line);
  if (booked === undefined) return [];
  const { kind, ids } = booked;
  const sort = CASH_SORTS[kind];
  const at = msOf(line.createdAt) ?? dayOf(line.bookingDate);
  return ids.map((key) => ({
    ledger: 'upvest-cash',
    sort,
    id: line.id,
    keys: [key],
    amount: magnitude(line.amount),
    currency: line.currency,
    status: isTakenBack(reversals, kind, key) ? 'CANCELLED' : null,
    at,
    changedAt: at,
    watched: sort !== 'withdrawal payment',
  }));
}

function dayOf(bookingDate: string | null): number | null {
  return msOf(readDateTime(bookingDate ?? '') ?? null);
}

const MOVEMENT_SORTS: Readonly<Partial<Record<Movement['type'], Sort>>> = {
  CASH_DEPOSIT: 'deposit',
  CASH_WITHDRAWAL: 'cash withdrawal',
};

/** Cash in and out by movement; any other transaction as a whole, for rows that know its id. */
function effectsOfTransaction(transaction: Transaction): Effect[] {
  const { id, externalId, createdAt, status, optimizationId, movements } = transaction;
  const [first] = movements;
  const keys = [
    id,
    ...(externalId === null ? [] : [externalId]),
    ...(optimizationId === null || first === undefined ? [] : [optimizationKey(optimizationId, first.instrumentId)]),
  ];
  const common = { ledger: 'investsuite-transactions', id, keys, changedAt: msOf(createdAt) } as const;
  const cash = cashOf(movements);
  if (cash.length > 0) return cash.map((part) => ({ ...common, ...part, watched: true }));
  const at = msOf(createdAt);
  return [{ ...common, sort: 'transaction', amount: null, currency: null, status, at, watched: false }];
}

/** Names the transaction of an optimization's order. */
export const optimizationKey = (optimizationId: string, isin: string): string => `${optimizationId} ${isin}`;

type CashPart = Pick<Effect, 'sort' | 'amount' | 'currency' | 'status' | 'at'>;

const COUNTS: ReadonlySet<Movement['status']> = new Set(['EXECUTED', 'SETTLED', 'UNKNOWN']);

/** One part for each direction and currency: the sum of the movements that count, where one does. */
function cashOf(movements: readonly Movement[]): CashPart[] {
  const parts = new Map<string, CashPart & { readonly amount: Decimal }>();
  const counting = movements.filter(({ status }) => COUNTS.has(status));
  for (const { type, instrumentId, quantity, status, datetime } of counting.length > 0 ? counting : movements) {
    const sort = MOVEMENT_SORTS[type];
    if (sort === undefined) continue;
    const currency = instrumentId.replace(/^\$/, '');
    const before = parts.get(`${sort} ${currency}`);
    const amount = before === undefined ? magnitude(quantity) : add(before.amount, magnitude(quantity));
    parts.set(`${sort} ${currency}`, { sort, currency, amount, status, at: msOf(datetime) });
  }
  return [...parts.values()];
}
