import type { z } from 'zod';
import type { CashBalance } from '../../domain/broker.ts';
import type { BrokerExecution, BrokerVirtualCash, BrokerWithdrawal } from '../../domain/broker-payments.ts';
import type { LedgerLine } from '../../domain/cash-ledger.ts';
import {
  type AccountGroupId,
  type AccountId,
  type BrokerageUserId,
  parseAccountGroupId,
  parseAccountId,
  parseBrokerageUserId,
} from '../../domain/ids.ts';
import type { ValuationPayload } from '../../domain/notification.ts';
import type { BrokerLine, Ledger, UnreadableLine } from '../../domain/synchronization/line.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import { issuesOf } from '../upstream/fields.ts';
import type { Capability } from './capabilities.ts';
import { cashBalanceWire } from './cash-balances.ts';
import { ledgerLineWire } from './cash-ledger.ts';
import type { UpvestEvent } from './events.ts';
import { type BrokerOrderDetails, executionWire, orderWire } from './orders.ts';
import { securitiesLineWire } from './securities-ledger.ts';
import { unreadableLine } from './unreadable-line.ts';
import { valuationWire } from './valuations.ts';
import { virtualCashWire } from './virtual-cash.ts';
import { withdrawalWire } from './withdrawals.ts';

/** Subject of an event. `other`: an unused type; `poison`: its object is unreadable. */
export type EventSubject =
  | { readonly kind: 'withdrawal'; readonly withdrawal: BrokerWithdrawal }
  | {
      readonly kind: 'virtualCash';
      readonly direction: 'INCREASE' | 'DECREASE';
      readonly virtualCash: BrokerVirtualCash;
    }
  | { readonly kind: 'cashBalance'; readonly balance: CashBalance }
  | { readonly kind: 'order'; readonly order: BrokerOrderDetails }
  | { readonly kind: 'execution'; readonly execution: BrokerExecution }
  | { readonly kind: 'cashTransaction'; readonly transaction: LedgerLine }
  | { readonly kind: 'securitiesTransaction'; readonly transaction: BrokerLine }
  | { readonly kind: 'valuation'; readonly valuation: ValuationPayload }
  | { readonly kind: 'other' }
  /** A line of a ledger that can't be read: passed on like `other`, and a problem of the synchronization. */
  | { readonly kind: 'unreadableLine'; readonly line: UnreadableLine }
  /** `reason` names fields and what is wrong with them, never their content. */
  | { readonly kind: 'poison'; readonly reason: string };

/** The categories of events that the gateway uses, and the capability without which it does not. */
const CATEGORIES: Readonly<Record<string, Capability | null>> = {
  WITHDRAWAL: null,
  VIRTUAL_CASH_INCREASE: null,
  VIRTUAL_CASH_DECREASE: null,
  CASH_BALANCE: null,
  ORDER: null,
  ORDER_CANCELLATION: null,
  EXECUTION: null,
  CASH_TRANSACTION: null,
  INSTRUMENT: 'instruments',
  ACCOUNT_VALUATION: 'valuations',
  INTRADAY_ACCOUNT_VALUATION: 'valuations',
};

/** Those that only the synchronization uses. */
const SYNCHRONIZED = ['SECURITY_TRANSACTION', 'POSITION'];

/** The categories that a webhook must be subscribed to; `portfolioSync`: also those that the synchronization uses. */
export const eventCategories = (capabilities: readonly Capability[], portfolioSync: boolean): readonly string[] => [
  ...Object.entries(CATEGORIES).flatMap(([name, needs]) =>
    needs === null || capabilities.includes(needs) ? [name] : [],
  ),
  ...(portfolioSync ? SYNCHRONIZED : []),
];

/** Reads the object of an event by the event's type. Never throws. */
export function readSubject({ type, object }: UpvestEvent): EventSubject {
  const [noun = '', verb] = type.split('.');
  // The type names the status too; it stands in where the object has none.
  const withStatus = { status: verb ?? null, ...object };
  switch (noun) {
    case 'WITHDRAWAL':
      return read(withdrawalWire, withStatus, (withdrawal) => ({ kind: 'withdrawal', withdrawal }));
    case 'VIRTUAL_CASH_INCREASE':
    case 'VIRTUAL_CASH_DECREASE': {
      const direction = noun === 'VIRTUAL_CASH_INCREASE' ? 'INCREASE' : 'DECREASE';
      return read(virtualCashWire, withStatus, (virtualCash) => ({ kind: 'virtualCash', direction, virtualCash }));
    }
    case 'CASH_BALANCE':
      return read(cashBalanceWire, object, (balance) => ({ kind: 'cashBalance', balance }));
    case 'ORDER':
      return read(orderWire, withStatus, (order) => ({ kind: 'order', order }));
    case 'ORDER_CANCELLATION':
      // REJECTED is the cancellation's status: the order goes on in its own.
      return orElse(
        read(orderWire, object, (order) => ({ kind: 'order', order })),
        { kind: 'other' },
      );
    case 'EXECUTION':
      return read(executionWire, withStatus, (execution) => ({ kind: 'execution', execution }));
    case 'CASH_TRANSACTION':
      return readLine(
        'cash',
        object,
        read(ledgerLineWire, object, (transaction) => ({ kind: 'cashTransaction', transaction })),
      );
    // By the name of the category, and by that of the ledger.
    case 'SECURITY_TRANSACTION':
    case 'SECURITIES_TRANSACTION':
      return readLine(
        'securities',
        object,
        read(securitiesLineWire, object, (transaction) => ({ kind: 'securitiesTransaction', transaction })),
      );
    case 'ACCOUNT_VALUATION':
    case 'INTRADAY_ACCOUNT_VALUATION':
      return orElse(
        read(valuationWire, object, (valuation) => ({ kind: 'valuation', valuation: payloadOf(valuation) })),
        { kind: 'other' },
      );
    default:
      return { kind: 'other' };
  }
}

const payloadOf = ({ account_id: accountId, total_security_value: total }: z.output<typeof valuationWire>) => ({
  accountId,
  securities: total.amount,
  currency: total.currency,
});

function read<T>(schema: z.ZodType<T>, object: ExactJson, subject: (value: T) => EventSubject): EventSubject {
  const parsed = schema.safeParse(object);
  return parsed.success ? subject(parsed.data) : { kind: 'poison', reason: issuesOf(parsed.error) };
}

const readLine = (ledger: Ledger, object: ExactJson, subject: EventSubject): EventSubject =>
  subject.kind === 'poison'
    ? { kind: 'unreadableLine', line: unreadableLine(ledger, object, subject.reason) }
    : subject;

/** For events that nothing depends on: one that can't be read is passed on as it is rather than put aside. */
const orElse = (subject: EventSubject, other: EventSubject): EventSubject =>
  subject.kind === 'poison' ? other : subject;

/** Ids that relate an event to a portfolio, where the object has them. */
export interface EventKeys {
  readonly accountGroupId: AccountGroupId | null;
  readonly accountId: AccountId | null;
  readonly brokerageUserId: BrokerageUserId | null;
}

/** Works for every type of event, also for those that {@link readSubject} calls `other`. */
export function eventKeys({ type, object }: UpvestEvent): EventKeys {
  // Of an event about an account, a group or a user the object's own id is the key.
  const own = (noun: string): ExactJson | undefined => (type.startsWith(`${noun}.`) ? object['id'] : undefined);
  const key = <T>(name: string, noun: string, parse: (text: string) => T | undefined): T | null => {
    const value = object[name] ?? own(noun);
    return typeof value === 'string' ? (parse(value) ?? null) : null;
  };
  return {
    accountGroupId: key('account_group_id', 'ACCOUNT_GROUP', parseAccountGroupId),
    accountId: key('account_id', 'ACCOUNT', parseAccountId),
    brokerageUserId: key('user_id', 'USER', parseBrokerageUserId),
  };
}
