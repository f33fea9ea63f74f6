import { randomUUID } from 'node:crypto';
import { upvestTime } from '../values/clock.ts';
import { minus, plus } from '../values/exact.ts';
import type { UpvestContext } from './context.ts';
import type { CashBalance, CashTransaction } from './entities.ts';

type AmountField =
  | 'balance'
  | 'locked_for_trading'
  | 'pending_settlement'
  | 'available_for_withdrawal'
  | 'available_for_trading';

/** Signed changes of a balance's fields. None is ever derived from another: Upvest's own numbers do not add up either. */
export type BalanceChange = Readonly<Partial<Record<AmountField, string>>>;

export function balanceOf(context: UpvestContext, groupId: string, currency: string): CashBalance {
  return (
    context.store.balance(groupId, currency) ?? {
      account_group_id: groupId,
      currency,
      balance: '0',
      locked_for_trading: '0',
      pending_settlement: '0',
      available_for_withdrawal: '0',
      available_for_trading: '0',
    }
  );
}

/** Changes a balance and sends its event. */
export function changeBalance(
  context: UpvestContext,
  groupId: string,
  currency: string,
  change: BalanceChange,
): CashBalance {
  const before = balanceOf(context, groupId, currency);
  const moved = (field: AmountField): string => {
    const by = change[field];
    return by === undefined ? before[field] : plus(before[field], by);
  };
  const after = context.store.putBalance({
    account_group_id: groupId,
    currency,
    balance: moved('balance'),
    locked_for_trading: moved('locked_for_trading'),
    pending_settlement: moved('pending_settlement'),
    available_for_withdrawal: moved('available_for_withdrawal'),
    available_for_trading: moved('available_for_trading'),
  });
  context.emit('CASH_BALANCE.UPDATED', after);
  return after;
}

export interface CashBooking {
  readonly type: string;
  readonly groupId: string;
  readonly currency: string;
  /** Signed. */
  readonly amount: string;
  readonly references: CashTransaction['references'];
  readonly accountId?: string;
  readonly taxes?: string;
  readonly instrument?: CashTransaction['instrument'];
  /** Now when left out. */
  readonly bookedAt?: string;
}

/** Adds a cash transaction to the ledger. */
export function bookCash(context: UpvestContext, booking: CashBooking): CashTransaction {
  const now = upvestTime(context.clock());
  const { currency, amount, taxes } = booking;
  const transaction = context.store.cashTransactions.put({
    id: randomUUID(),
    created_at: now,
    updated_at: now,
    type: booking.type,
    account_group_id: booking.groupId,
    ...(booking.accountId === undefined ? {} : { account_id: booking.accountId }),
    delta: { amount, currency },
    taxes: taxes === undefined ? [] : [{ type: 'TOTAL', amount: taxes, currency }],
    ...(booking.instrument === undefined ? {} : { instrument: booking.instrument }),
    references: booking.references,
    booking_date: booking.bookedAt ?? now,
    value_date: booking.bookedAt ?? now,
  });
  if (context.settings.cashTransactionEvents) context.emit('CASH_TRANSACTION.EXECUTED', transaction);
  return transaction;
}

/** The smaller of an amount and the available money, never below zero. */
export function atMost(amount: string, there: string): string {
  if (there.startsWith('-')) return '0';
  return minus(amount, there).startsWith('-') ? amount : there;
}
