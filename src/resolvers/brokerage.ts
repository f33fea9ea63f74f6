import { balanceIn, type Rows } from '../datasources/upvest/index.ts';
import type {
  BrokerLink,
  BrokerOrder,
  BrokerOrderStatus,
  CashBalance,
  Position,
  ReferenceAccount,
} from '../domain/broker.ts';
import {
  compareInstants,
  type Instant,
  instantOf,
  instantOfText,
  instantText,
  NO_INSTANT,
} from '../domain/datetime.ts';
import type { Listing, Shown } from '../domain/listing.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { RequestContext } from './context.ts';
import { type Connection, keysetPage, LazyEdge, type PageArguments } from './cursors.ts';

/** The broker's side of a portfolio, from InvestSuite's `brokerage_account`. */
export interface BrokerageAccount extends BrokerLink {
  readonly bankAccountNumber: string | null;
  readonly paymentReference: string | null;
}

/** Null while the portfolio is not linked. Makes no upstream call. */
export function brokerageAccountOf(context: RequestContext, portfolio: Portfolio): BrokerageAccount | null {
  const link = context.services.link(portfolio);
  if (link === null) return null;
  return {
    ...link,
    bankAccountNumber: portfolio.brokerage?.bankAccountNumber ?? null,
    paymentReference: portfolio.brokerage?.paymentReference ?? null,
  };
}

/** Cash balances in all currencies; null while the portfolio is not linked or the broker does not know the group. */
export async function cashBalancesOf(context: RequestContext, portfolio: Portfolio): Promise<Rows<CashBalance> | null> {
  const link = context.services.link(portfolio);
  if (link === null) return null;
  const balances = await context.loaders.cashBalances.load(link);
  if (balances !== null) context.vouched.addAll(balances.rows);
  return balances;
}

/** Cash balance in the portfolio's base currency. Throws UpstreamRowUnreadableError where it could not be read. */
export async function cashBalanceOf(context: RequestContext, portfolio: Portfolio): Promise<CashBalance | null> {
  const balances = await cashBalancesOf(context, portfolio);
  return balances === null ? null : balanceIn(balances, portfolio.baseCurrency);
}

export async function positionsOf(context: RequestContext, portfolio: Portfolio): Promise<Listing<Position> | null> {
  const link = context.services.link(portfolio);
  return link === null ? null : await context.loaders.positions.load(link);
}

/**
 * Bank accounts that the broker may pay out to; null while not linked, empty where the broker knows no user of the
 * portfolio.
 */
export async function referenceAccountsOf(
  context: RequestContext,
  portfolio: Portfolio,
): Promise<Listing<ReferenceAccount> | null> {
  const link = context.services.link(portfolio);
  return link === null ? null : await context.loaders.referenceAccounts.load(link);
}

interface Dated {
  readonly order: BrokerOrder;
  readonly at: Instant;
}

/** A page of the broker's orders of all accounts of the portfolio, of one status or of all, newest first. */
export async function brokerOrdersOf(
  context: RequestContext,
  portfolio: Portfolio,
  { status, ...page }: PageArguments & { readonly status?: BrokerOrderStatus | null | undefined },
): Promise<Shown<Connection<BrokerOrder> | null>> {
  const link = context.services.link(portfolio);
  if (link === null) return { value: null, unreadable: [] };
  const orders = await context.loaders.orders.load(link);
  const rows = orders.rows
    .filter((order) => status == null || order.status === status)
    .map(dated)
    .sort(newestFirst);
  const found = keysetPage(rows, page, {
    codec: context.services.cursors,
    list: `orders ${status == null ? '' : `${status} `}${link.accountGroupId}`,
    keyOf: (row) => [instantText(row.at), row.order.id],
    compareToKey: (row, [at = '0', id = '']) => newestFirst(row, { at: instantOfText(at), order: { id } }),
  });
  const edges = found.edges.map((edge) => new LazyEdge(edge.node.order, () => edge.cursor));
  return { value: { ...found, edges }, unreadable: orders.unreadable };
}

const dated = (order: BrokerOrder): Dated => ({
  order,
  at: order.createdAt === null ? NO_INSTANT : instantOf(order.createdAt),
});

interface Place {
  readonly at: Instant;
  readonly order: { readonly id: string };
}

function newestFirst(a: Place, b: Place): number {
  const later = compareInstants(b.at, a.at);
  if (later !== 0) return later;
  return a.order.id < b.order.id ? -1 : a.order.id > b.order.id ? 1 : 0;
}
