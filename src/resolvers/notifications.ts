import type { CashBalance } from '../domain/broker.ts';
import type { LedgerLine } from '../domain/cash-ledger.ts';
import { type DateTime, dateTime } from '../domain/datetime.ts';
import type { Deposit } from '../domain/deposit.ts';
import { type PortfolioId, parsePortfolioId } from '../domain/ids.ts';
import type {
  OptimizationPayload,
  OrderPayload,
  SynchronizationPayload,
  ValuationPayload,
} from '../domain/notification.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Rebalancing } from '../domain/rebalancing.ts';
import type { Transaction } from '../domain/transaction.ts';
import { callerOf, isOperator } from '../domain/viewer.ts';
import type { VirtualCashMovement } from '../domain/virtual-cash.ts';
import type { Withdrawal } from '../domain/withdrawal.ts';
import { BadUserInputError, ForbiddenError } from '../errors.ts';
import type { Audience, EventLogRow, Gap, LiveSource, LogPosition } from '../live/index.ts';
import { decodeCursor, encodeCursor } from '../live/index.ts';
import { comparePositions, eventOfRow, type JsonContent } from '../store/index.ts';
import { transactionIdOfOrder } from '../workflows/index.ts';
import { requireScope } from './access.ts';
import type { RequestContext } from './context.ts';
import {
  type Connection,
  connection,
  cursorOf,
  type Edge,
  emptyPage,
  type PageArguments,
  pageSize,
} from './cursors.ts';
import { portfolioById } from './portfolios.ts';
import { transactionById } from './transactions.ts';

/** Common fields of all notifications. */
interface EventFields {
  readonly id: string;
  readonly source: 'INVESTSUITE' | 'UPVEST' | 'GATEWAY';
  readonly type: string;
  readonly occurredAt: DateTime;
  readonly receivedAt: DateTime;
  readonly portfolioId: PortfolioId | null;
}

export type CashBalanceNotification = EventFields & {
  readonly shape: 'CashBalanceNotification';
  readonly cashBalance: CashBalance;
};
export type DepositNotification = EventFields & { readonly shape: 'DepositNotification'; readonly deposit: Deposit };
export type WithdrawalNotification = EventFields & {
  readonly shape: 'WithdrawalNotification';
  readonly withdrawal: Withdrawal;
};
export type VirtualCashNotification = EventFields & {
  readonly shape: 'VirtualCashNotification';
  readonly virtualCashMovement: VirtualCashMovement;
};
export type ValuationNotification = EventFields & ValuationPayload & { readonly shape: 'ValuationNotification' };
export type CashTransactionNotification = EventFields & {
  readonly shape: 'CashTransactionNotification';
  readonly cashTransaction: LedgerLine;
};
export type OrderNotification = EventFields & OrderPayload & { readonly shape: 'OrderNotification' };
export type RebalancingNotification = EventFields & {
  readonly shape: 'RebalancingNotification';
  readonly rebalancing: Rebalancing;
};
export type PortfolioNotification = EventFields & { readonly shape: 'PortfolioNotification' };
export type OptimizationNotification = EventFields &
  OptimizationPayload & { readonly shape: 'OptimizationNotification' };
export type SynchronizationNotification = EventFields &
  SynchronizationPayload & { readonly shape: 'SynchronizationNotification' };
export type OtherNotification = EventFields & { readonly shape: 'OtherNotification'; readonly payload: JsonContent };
export type GapNotification = EventFields & { readonly shape: 'GapNotification'; readonly reason: string };

/** An event of the log as the schema shows it. `shape` is the name of its type. */
export type Notification =
  | CashBalanceNotification
  | DepositNotification
  | WithdrawalNotification
  | VirtualCashNotification
  | ValuationNotification
  | CashTransactionNotification
  | OrderNotification
  | RebalancingNotification
  | PortfolioNotification
  | OptimizationNotification
  | SynchronizationNotification
  | OtherNotification
  | GapNotification;

/** The value that a subscription to notifications yields. */
export type NotificationRoot =
  | { readonly kind: 'row'; readonly row: EventLogRow }
  | { readonly kind: 'gap'; readonly gap: Gap };

/** Vouches for the event's objects: the audience was checked before. */
export function notificationOf(context: RequestContext, root: NotificationRoot): Notification {
  const notification = root.kind === 'gap' ? gapNotification(context, root.gap) : rowNotification(context, root.row);
  return context.vouched.add(notification);
}

const GAP_REASONS: Readonly<Record<Gap['reason'], string>> = {
  forgotten: 'The events after this cursor are no longer kept. Reload the state, then resume from here.',
  foreign:
    'This cursor is not from this event log, which may have been restored from a back-up. Reload the state, then resume from here.',
  withheld:
    'InvestSuite does not say at present whether a portfolio is still yours, so that its events are withheld. Reload the state, then resume from here.',
};

function gapNotification({ services }: RequestContext, { position, reason }: Gap): GapNotification {
  const now = dateTime(new Date(services.runtime.now()));
  return {
    shape: 'GapNotification',
    id: encodeCursor(position),
    source: 'GATEWAY',
    type: 'GAP',
    occurredAt: now,
    receivedAt: now,
    portfolioId: null,
    reason: GAP_REASONS[reason],
  };
}

function rowNotification({ vouched }: RequestContext, row: EventLogRow): Notification {
  const notification: EventFields = {
    id: encodeCursor(row),
    source: row.source,
    type: row.type,
    occurredAt: row.occurred_at,
    receivedAt: dateTime(new Date(row.received_at)),
    portfolioId: row.portfolio_id,
  };
  const event = eventOfRow(row);
  switch (event.kind) {
    case 'cash-balance':
      return { ...notification, shape: 'CashBalanceNotification', cashBalance: vouched.add(event.content) };
    case 'deposit':
      return { ...notification, shape: 'DepositNotification', deposit: vouched.add(event.content) };
    case 'withdrawal':
      return { ...notification, shape: 'WithdrawalNotification', withdrawal: vouched.add(event.content) };
    case 'virtual-cash':
      return { ...notification, shape: 'VirtualCashNotification', virtualCashMovement: vouched.add(event.content) };
    case 'valuation':
      return { ...notification, shape: 'ValuationNotification', ...event.content };
    case 'cash-transaction':
      return { ...notification, shape: 'CashTransactionNotification', cashTransaction: event.content };
    case 'order':
      if (event.content.order != null) vouched.add(event.content.order);
      return { ...notification, shape: 'OrderNotification', ...event.content };
    case 'rebalancing':
      return { ...notification, shape: 'RebalancingNotification', rebalancing: vouched.add(event.content) };
    case 'portfolio':
      return { ...notification, shape: 'PortfolioNotification' };
    case 'optimization':
      return { ...notification, shape: 'OptimizationNotification', ...event.content };
    case 'synchronization':
      return { ...notification, shape: 'SynchronizationNotification', ...event.content };
    case 'other':
      return { ...notification, shape: 'OtherNotification', payload: event.content };
    default:
      return event satisfies never;
  }
}

/** The portfolio in its current state; null where it is gone or the viewer must not see it. */
export async function portfolioOfNotification(
  context: RequestContext,
  { portfolioId }: PortfolioNotification,
): Promise<Portfolio | null> {
  return portfolioId === null ? null : await portfolioById(context, portfolioId);
}

/** InvestSuite's transaction of the order in its current state; null where none is known. */
export async function transactionOfNotification(
  context: RequestContext,
  { portfolioId, transactionId, orderId }: OrderNotification,
): Promise<Transaction | null> {
  if (portfolioId === null) return null;
  const { store } = context.services.money;
  // The broker's event names its own order only; the order's row has the transaction.
  const id =
    transactionId ?? (orderId === null ? null : await store.read((reading) => transactionIdOfOrder(reading, orderId)));
  return id === null ? null : await transactionById(context, { portfolioId, id });
}

interface NotificationArguments {
  readonly portfolioId?: string | null | undefined;
  readonly after?: string | null | undefined;
}

/**
 * A page of the log, oldest first, from the oldest kept event or after a cursor; its first row is a gap where events
 * after the cursor are deleted. Throws BadUserInputError, ForbiddenError, or an UpstreamError where a customer's
 * portfolios can't be read.
 */
export async function listNotifications(
  context: RequestContext,
  { portfolioId, first, after: cursor }: NotificationArguments & PageArguments,
): Promise<Connection<Notification>> {
  const size = pageSize(first);
  const after = cursorOf(cursor);
  if (size === 0) return emptyPage(await listNotifications(context, { portfolioId, first: 1, after }));
  const { reader } = context.services.live.hub;
  const audience = await audienceOf(context, portfolioId);
  const begin = await beginningOf(context, after);
  const window = await reader.window(audience);
  const edges: Edge<Notification>[] = [];
  const add = (root: NotificationRoot): void => {
    const node = notificationOf(context, root);
    edges.push({ cursor: node.id, node });
  };
  let { position } = begin;
  if (begin.gap !== undefined) add({ kind: 'gap', gap: begin.gap });
  for (;;) {
    const page = await reader.page(window, position, size + 1 - edges.length);
    if (page.kind === 'rows') {
      for (const row of page.rows) add({ kind: 'row', row });
      const isNewer = page.complete && comparePositions(page.scanned, position) > 0;
      if (isNewer && window.withholds && after !== null)
        add({ kind: 'gap', gap: { position: page.scanned, reason: 'withheld' } });
      return connection(edges.slice(0, size), { before: after !== null, after: edges.length > size });
    }
    // Without a cursor there is no gap: the page begins with the oldest kept event.
    if (after !== null) add({ kind: 'gap', gap: page.gap });
    ({ position } = page.gap);
  }
}

async function beginningOf(
  context: RequestContext,
  after: string | null,
): Promise<{ readonly position: LogPosition; readonly gap?: Gap }> {
  const { reader } = context.services.live.hub;
  if (after === null) return { position: await reader.oldest() };
  const position = positionOf(after);
  const gap = await reader.foreign(position);
  return gap === undefined ? { position } : { position: gap.position, gap };
}

/** Cursor of the newest event, for a client that is about to read the state. Throws ForbiddenError. */
export async function endOfNotifications(context: RequestContext): Promise<string> {
  await audienceOf(context, null);
  return encodeCursor(await context.services.live.hub.reader.head());
}

/**
 * All events after a cursor (or from now), then live ones. Throws as {@link listNotifications}, and OverloadedError.
 */
export async function subscribeToNotifications(
  context: RequestContext,
  { portfolioId, after }: NotificationArguments,
): Promise<LiveSource<NotificationRoot>> {
  checkRoom(context);
  const cursor = cursorOf(context.resumeAfter ?? after);
  const position = cursor === null ? null : positionOf(cursor);
  return context.services.live.hub.source<NotificationRoot>({
    kind: 'events',
    audience: await audienceOf(context, portfolioId),
    after: position,
    ofRow: (row) => ({ kind: 'row', row }),
    ofGap: (gap) => ({ kind: 'gap', gap }),
  });
}

/** Throws OverloadedError where the viewer has its maximum number of subscriptions. */
export function checkRoom({ viewer, services }: RequestContext): void {
  const { hub, allowance } = services.live;
  hub.checkRoom({ caller: callerOf(viewer), most: allowance(viewer) });
}

function positionOf(cursor: string): LogPosition {
  const position = decodeCursor(cursor);
  if (position === undefined) throw new BadUserInputError('after is not a cursor of notifications.');
  return position;
}

/**
 * The audience of a viewer. Operators: all events, or those of one portfolio. Customers: those of own portfolios;
 * another customer's portfolio counts as missing.
 */
export async function audienceOf(context: RequestContext, portfolioId: string | null | undefined): Promise<Audience> {
  const { viewer } = context;
  const id = portfolioId == null ? null : parsePortfolioId(portfolioId);
  if (id === undefined) throw new BadUserInputError('There is no such portfolio.');
  if (isOperator(viewer)) return { kind: 'operator', portfolioId: id };
  requireScope(viewer, 'portfolios:read');
  if (viewer.userId === null) throw new ForbiddenError('Only customers and operators have notifications.');
  if (id !== null && (await portfolioById(context, id)) === null) {
    throw new BadUserInputError('There is no such portfolio.');
  }
  return { kind: 'owner', userId: viewer.userId, portfolioId: id };
}
