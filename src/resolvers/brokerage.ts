import type { BrokerLink, BrokerOrder, CashBalance, Position, ReferenceAccount } from '../domain/broker.ts';
import {
  compareInstants,
  type Instant,
  instantOf,
  instantOfText,
  instantText,
  NO_INSTANT,
} from '../domain/datetime.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { RequestContext } from './context.ts';
import { type Connection, keysetPage, LazyEdge, type PageArguments } from './cursors.ts';

/** The broker's side of a portfolio, as InvestSuite's `brokerage_account` tells it. */
export interface BrokerageAccount extends BrokerLink {
  readonly bankAccountNumber: string | null;
  readonly paymentReference: string | null;
}

/** Null while the portfolio is not linked. Asks nobody. */
export function brokerageAccountOf(context: RequestContext, portfolio: Portfolio): BrokerageAccount | null {
  const link = context.services.link(portfolio);
  if (link === null) return null;
  return {
    ...link,
    bankAccountNumber: portfolio.brokerage?.bankAccountNumber ?? null,
    paymentReference: portfolio.brokerage?.paymentReference ?? null,
  };
}

/** The broker's cash in all currencies; null while the portfolio is not linked or the broker does not know the group. */
export async function cashBalancesOf(
  context: RequestContext,
  portfolio: Portfolio,
): Promise<readonly CashBalance[] | null> {
  const link = context.services.link(portfolio);
  if (link === null) return null;
  const balances = await context.loaders.cashBalances.load(link);
  return balances === null ? null : context.vouched.addAll(balances);
}

/** The broker's cash in the portfolio's base currency. */
export async function cashBalanceOf(context: RequestContext, portfolio: Portfolio): Promise<CashBalance | null> {
  const balances = await cashBalancesOf(context, portfolio);
  return balances?.find((balance) => balance.currency === portfolio.baseCurrency) ?? null;
}

export async function positionsOf(context: RequestContext, portfolio: Portfolio): Promise<readonly Position[] | null> {
  const link = context.services.link(portfolio);
  return link === null ? null : await context.loaders.positions.load(link);
}

/** Bank accounts that the broker may pay out to; null while not linked, empty where the broker knows no user of it. */
export async function referenceAccountsOf(
  context: RequestContext,
  portfolio: Portfolio,
): Promise<readonly ReferenceAccount[] | null> {
  const link = context.services.link(portfolio);
  return link === null ? null : await context.loaders.referenceAccounts.load(link);
}

interface Dated {
  readonly order: BrokerOrder;
  readonly at: Instant;
}

/** A page of the broker's orders over all accounts of the portfolio, newest first. */
export async function ordersOf(
  context: RequestContext,
  portfolio: Portfolio,
  page: PageArguments,
): Promise<Connection<BrokerOrder> | null> {
  const link = context.services.link(portfolio);
  if (link === null) return null;
  const rows = (await context.loaders.orders.load(link)).map(dated).sort(newestFirst);
  const found = keysetPage(rows, page, {
    codec: context.services.cursors,
    list: `orders ${link.accountGroupId}`,
    keyOf: (row) => [instantText(row.at), row.order.id],
    compareToKey: (row, [at = '0', id = '']) => newestFirst(row, { at: instantOfText(at), order: { id } }),
  });
  return { ...found, edges: found.edges.map((edge) => new LazyEdge(edge.node.order, () => edge.cursor)) };
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
