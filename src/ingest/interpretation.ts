import { parseExactJson } from '../datasources/upstream/exact-json.ts';
import {
  type EventSubject,
  eventKeys,
  instrumentOfEvent,
  parseEvents,
  readSubject,
  type UpvestEvent,
} from '../datasources/upvest/index.ts';
import { type DateTime, dateTime } from '../domain/datetime.ts';
import type { AccountGroupId, AccountId, BrokerageUserId, PortfolioId } from '../domain/ids.ts';
import type { OptimizationPayload, OrderPayload } from '../domain/notification.ts';
import { readRfc3339 } from '../domain/written-time.ts';
import { ANY_INSTRUMENT, type InboxRow, type LoggedEvent, type NewLogEvent } from '../store/index.ts';
import { type ReportedEffect, reportedEffect, type Synchronizable, synchronizableOf } from '../workflows/index.ts';
import { type BusEvent, portfolioIdOf, readBusEvent } from './bus-events.ts';

/**
 * Subject of an event that leads to its portfolio: an order or account leads to an account group, a group to a
 * portfolio.
 */
export type Attribution =
  | { readonly kind: 'portfolio'; readonly id: PortfolioId }
  | { readonly kind: 'group'; readonly id: AccountGroupId }
  /** With the broker's user, where the event names it. */
  | { readonly kind: 'account'; readonly id: AccountId; readonly userId: BrokerageUserId | null }
  | { readonly kind: 'order'; readonly id: string }
  | { readonly kind: 'none' };

/** An interpreted event of the inbox: the content of its row in the log, except the portfolio. */
export interface Interpreted {
  readonly kind: 'event';
  readonly whose: Attribution;
  readonly entry: Omit<NewLogEvent, 'portfolioId'>;
  /** An object of a kind that the gateway makes at the broker; if a workflow made it, the workflow writes the row. */
  readonly mayBeOurs: ReportedEffect | null;
  /** The broker's order, also of an event about one of its executions. */
  readonly orderId: string | null;
  /** Of an event about an instrument: what the broker finds it by, or all that have changed where it names none. */
  readonly instrument: string | null;
  /** The part for the portfolio's synchronization; null where there is none. */
  readonly synchronizable: Synchronizable | null;
}

export type Interpretation = Interpreted | { readonly kind: 'poison'; readonly reason: string };

/** Interprets an event of the inbox. Never throws. */
export function interpret(row: InboxRow): Interpretation {
  switch (row.source) {
    case 'UPVEST':
      return interpretUpvest(row);
    case 'INVESTSUITE':
      return interpretBus(row);
    case 'GATEWAY':
      return { kind: 'poison', reason: 'the gateway does not send events to its own inbox' };
    default:
      return row.source satisfies never;
  }
}

function interpretUpvest(row: InboxRow): Interpretation {
  const batch = parseEvents(Buffer.from(row.payload));
  const item = batch.kind === 'events' ? batch.items[0] : undefined;
  if (item?.kind !== 'event') {
    return { kind: 'poison', reason: item?.reason ?? (batch.kind === 'unreadable' ? batch.reason : 'no event') };
  }
  const { event } = item;
  const subject = readSubject(event);
  if (subject.kind === 'poison') return subject;
  const entry = upvestEntry(subject, row);
  return {
    kind: 'event',
    whose: attributionOf(event, subject),
    entry: entryOf(row, event.createdAt, entry),
    mayBeOurs: reportedEffect(subject),
    orderId:
      subject.kind === 'order' ? subject.order.id : subject.kind === 'execution' ? subject.execution.orderId : null,
    instrument: event.type.startsWith('INSTRUMENT.') ? (instrumentOfEvent(event) ?? ANY_INSTRUMENT) : null,
    synchronizable: synchronizableOf(event.type, subject),
  };
}

function upvestEntry(subject: EventSubject, row: InboxRow): LoggedEvent {
  switch (subject.kind) {
    case 'cashBalance':
      return { kind: 'cash-balance', content: subject.balance };
    case 'cashTransaction':
      return { kind: 'cash-transaction', content: subject.transaction };
    case 'valuation':
      return { kind: 'valuation', content: subject.valuation };
    case 'order':
      return { kind: 'order', content: orderPayload(subject.order.id, subject.order.status) };
    case 'execution':
      return { kind: 'order', content: orderPayload(subject.execution.orderId, subject.execution.status) };
    default:
      return { kind: 'other', content: parseExactJson(row.payload) ?? {} };
  }
}

const orderPayload = (orderId: string | null, status: string): OrderPayload => ({
  orderId,
  status,
  transactionId: null,
});

function attributionOf(event: UpvestEvent, subject: EventSubject): Attribution {
  const { accountGroupId, accountId, brokerageUserId } = eventKeys(event);
  if (accountGroupId !== null) return { kind: 'group', id: accountGroupId };
  if (accountId !== null) return { kind: 'account', id: accountId, userId: brokerageUserId };
  if (subject.kind === 'execution' && subject.execution.orderId !== null) {
    return { kind: 'order', id: subject.execution.orderId };
  }
  return { kind: 'none' };
}

function interpretBus(row: InboxRow): Interpretation {
  const read = readBusEvent(parseExactJson(row.payload));
  if (read.kind === 'poison') return read;
  const { event } = read;
  const portfolioId = portfolioIdOf(event);
  return {
    kind: 'event',
    whose: portfolioId === null ? { kind: 'none' } : { kind: 'portfolio', id: portfolioId },
    entry: entryOf(row, readRfc3339(event.created ?? '') ?? null, busEntry(event, portfolioId, row)),
    mayBeOurs: null,
    orderId: null,
    instrument: null,
    synchronizable: null,
  };
}

function busEntry(event: BusEvent, portfolioId: PortfolioId | null, row: InboxRow): LoggedEvent {
  if (event.subject === 'portfolios' && portfolioId !== null) return { kind: 'portfolio', content: {} };
  if (event.subject === 'optimizations') return { kind: 'optimization', content: optimizationPayload(event) };
  return { kind: 'other', content: parseExactJson(row.payload) ?? {} };
}

function optimizationPayload({ data }: BusEvent): OptimizationPayload {
  const { id, value, is_recommended: recommended } = data;
  return {
    optimizationId: typeof id === 'string' ? id : null,
    value: typeof value === 'string' ? value : null,
    isRecommended: typeof recommended === 'boolean' ? recommended : null,
  };
}

function entryOf(row: InboxRow, occurredAt: DateTime | null, event: LoggedEvent): Interpreted['entry'] {
  return {
    source: row.source,
    type: row.type,
    event,
    objectId: null,
    // An event without an RFC 3339 time (InvestSuite's sample has -1000000000-01-01) gets the time of receipt.
    occurredAt: occurredAt ?? dateTime(new Date(row.received_at)),
    receivedAt: row.received_at,
  };
}
