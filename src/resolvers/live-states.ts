import type { CashBalance } from '../domain/broker.ts';
import { epochNanoseconds } from '../domain/datetime.ts';
import type { Deposit } from '../domain/deposit.ts';
import type { Order } from '../domain/order/placed.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Rebalancing } from '../domain/rebalancing.ts';
import type { Withdrawal } from '../domain/withdrawal.ts';
import { BadUserInputError } from '../errors.ts';
import type { EventLogRow, LiveSource } from '../live/index.ts';
import { type EventKind, eventOfRow, kindOfEvent, type LoggedEvent } from '../store/index.ts';
import { type CashRequest, findCashRequest } from '../workflows/index.ts';
import { visibleCashRequest } from './cash-requests.ts';
import type { RequestContext } from './context.ts';
import { audienceOf, checkRoom } from './notifications.ts';
import { portfolioById } from './portfolios.ts';

/** A state that a subscription yields. */
export interface StateRoot<T> {
  readonly value: T;
}

/**
 * The deposit in its current state, then in each newer one. Throws BadUserInputError where there is none that the
 * viewer may see, and OverloadedError.
 */
export async function subscribeToDeposit(context: RequestContext, id: string): Promise<LiveSource<StateRoot<Deposit>>> {
  return await subscribeToMoney(context, id, DEPOSITS);
}

/** As {@link subscribeToDeposit}. */
export async function subscribeToWithdrawal(
  context: RequestContext,
  id: string,
): Promise<LiveSource<StateRoot<Withdrawal>>> {
  return await subscribeToMoney(context, id, WITHDRAWALS);
}

/** As {@link subscribeToDeposit}. */
export async function subscribeToOrder(context: RequestContext, id: string): Promise<LiveSource<StateRoot<Order>>> {
  return await subscribeToMoney(context, id, ORDERS);
}

/** As {@link subscribeToDeposit}. */
export async function subscribeToRebalancing(
  context: RequestContext,
  id: string,
): Promise<LiveSource<StateRoot<Rebalancing>>> {
  return await subscribeToMoney(context, id, REBALANCINGS);
}

/** An object with states to follow. */
interface Followed<T> {
  readonly prefix: string;
  /** Kind of its rows in the log. */
  readonly kind: EventKind;
  readonly absent: string;
  readonly of: (money: CashRequest | null | undefined) => T | undefined;
  readonly inEvent: (event: LoggedEvent) => T | undefined;
}

const DEPOSITS: Followed<Deposit> = {
  prefix: 'dep_',
  kind: 'deposit',
  absent: 'There is no such deposit.',
  of: (money) => (money?.type === 'Deposit' ? money.object : undefined),
  inEvent: ({ kind, content }) => (kind === 'deposit' ? content : undefined),
};

const WITHDRAWALS: Followed<Withdrawal> = {
  prefix: 'wdr_',
  kind: 'withdrawal',
  absent: 'There is no such withdrawal.',
  of: (money) => (money?.type === 'Withdrawal' ? money.object : undefined),
  inEvent: ({ kind, content }) => (kind === 'withdrawal' ? content : undefined),
};

const ORDERS: Followed<Order> = {
  prefix: 'ord_',
  kind: 'order',
  absent: 'There is no such order.',
  of: (money) => (money?.type === 'Order' ? money.object : undefined),
  inEvent: ({ kind, content }) => (kind === 'order' ? (content.order ?? undefined) : undefined),
};

const REBALANCINGS: Followed<Rebalancing> = {
  prefix: 'rbl_',
  kind: 'rebalancing',
  absent: 'There is no such rebalancing.',
  of: (money) => (money?.type === 'Rebalancing' ? money.object : undefined),
  inEvent: ({ kind, content }) => (kind === 'rebalancing' ? content : undefined),
};

async function subscribeToMoney<T extends Deposit | Withdrawal | Order | Rebalancing>(
  context: RequestContext,
  id: string,
  { prefix, kind, absent, of, inEvent }: Followed<T>,
): Promise<LiveSource<StateRoot<T>>> {
  checkRoom(context);
  const { hub } = context.services.live;
  const { store } = context.services.money;
  const position = await hub.reader.head();
  const found = id.startsWith(prefix) ? of(await visibleCashRequest(context, id)) : undefined;
  if (found === undefined) throw new BadUserInputError(absent);
  const stateOf = (money: T) => ({
    root: { value: money },
    // Each step adds an entry: the longer the history, the newer the state.
    version: BigInt(money.history.length),
  });
  return hub.source<StateRoot<T>>({
    kind: 'state',
    audience: await audienceOf(context, found.portfolioId),
    begin: { position, item: stateOf(found) },
    now: async () => {
      const now = of(await findCashRequest(store, id));
      if (now === undefined) throw new Error(`${id} is not there any more`);
      return stateOf(now);
    },
    // Rows of this kind are written by the gateway's workflows.
    ofRow: (row) => {
      const money = row.object_id === id && kindOfEvent(row) === kind ? inEvent(eventOfRow(row)) : undefined;
      return money && stateOf(money);
    },
  });
}

/**
 * The broker's cash balance in the portfolio's base currency, then the one of each event. Throws BadUserInputError
 * where there is no such portfolio or balance, an UpstreamError where it can't be read, and OverloadedError.
 */
export async function subscribeToCashBalance(
  context: RequestContext,
  portfolioId: string,
): Promise<LiveSource<StateRoot<CashBalance>>> {
  checkRoom(context);
  const { hub } = context.services.live;
  const portfolio = await portfolioById(context, portfolioId);
  if (portfolio === null) throw new BadUserInputError('There is no such portfolio.');
  const { upvest, link, investSuite } = context.services;
  const read = async (linked: Portfolio): Promise<CashBalance> => {
    const group = link(linked)?.accountGroupId;
    if (group === undefined) throw new BadUserInputError('The portfolio is not linked to the broker.');
    const balance = await upvest.cashBalance(group, portfolio.baseCurrency, { fresh: true });
    if (balance === null) throw new BadUserInputError('The broker has no cash balance of this portfolio.');
    return balance;
  };
  const position = await hub.reader.head();
  const first = await read(portfolio);
  // The link may have been corrected since: the balance of another portfolio must not be shown again. Batched for all
  // subscribers that catch up.
  const readAgain = async (): Promise<CashBalance> =>
    await read((await investSuite.portfolio(portfolio.id)) ?? portfolio);
  return hub.source<StateRoot<CashBalance>>({
    kind: 'state',
    audience: await audienceOf(context, portfolio.id),
    begin: { position, item: { root: { value: first }, version: undefined } },
    now: async () => ({ root: { value: await readAgain() }, version: undefined }),
    ofRow: (row) => cashState(row, portfolio.baseCurrency),
  });
}

function cashState(row: EventLogRow, currency: string) {
  const event = kindOfEvent(row) === 'cash-balance' ? eventOfRow(row) : undefined;
  if (event?.kind !== 'cash-balance' || event.content.currency !== currency) return undefined;
  return { root: { value: event.content }, version: cashVersion(row) };
}

/**
 * Upvest's balances have no version. Events may arrive late, so they sort by their own time, then by the time of
 * receipt.
 */
const cashVersion = ({ occurred_at: occurredAt, xid, sequence }: EventLogRow): bigint =>
  (epochNanoseconds(occurredAt) << 128n) | (BigInt(xid) << 64n) | BigInt(sequence);
