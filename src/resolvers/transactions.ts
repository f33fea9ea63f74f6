import { compareInstants, type DateTime, instantOf, instantOfText, instantText } from '../domain/datetime.ts';
import { parseTransactionId } from '../domain/ids.ts';
import { joinListings, type Shown } from '../domain/listing.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { MovementStatus, Transaction, TransactionType } from '../domain/transaction.ts';
import { isOperator } from '../domain/viewer.ts';
import {
  type CommandResult,
  recordTransaction as commandRecordTransaction,
  type Ended,
  type RecordTransactionInput,
} from '../workflows/index.ts';
import { requireScope } from './access.ts';
import { callerOf } from './commands.ts';
import type { RequestContext } from './context.ts';
import { type Connection, keysetPage, LazyEdge, type PageArguments } from './cursors.ts';
import { missingObject, ownPortfolios, portfolioById } from './portfolios.ts';
import type { Result } from './results.ts';
import { type Dated, newestFirst } from './transaction-order.ts';

export interface TransactionFilter {
  /** An empty list means no condition, here and below: clients build filters from check boxes. */
  readonly types?: readonly TransactionType[] | null | undefined;
  readonly statuses?: readonly MovementStatus[] | null | undefined;
  readonly instrumentId?: string | null | undefined;
  /** Inclusive. */
  readonly from?: DateTime | null | undefined;
  /** Exclusive. */
  readonly to?: DateTime | null | undefined;
}

/**
 * A page of a portfolio's transactions, newest first by the date of the primary movement, then by id.
 *
 * InvestSuite documents no order, so the gateway reads and sorts all of them; concurrent requests share the read.
 * Throws BadUserInputError for a bad `first` or `after`.
 */
export async function transactionsOf(
  context: RequestContext,
  portfolio: Portfolio,
  page: PageArguments,
  filter: TransactionFilter = {},
): Promise<Shown<Connection<Transaction>>> {
  const { rows, unreadable } = await context.loaders.transactions.load(portfolio.id);
  const all = context.services.transactionOrder.of(rows);
  return { value: pageOf(context, `transactions ${portfolio.id}`, all, page, filter), unreadable };
}

/**
 * A page of the transactions of all the customer's portfolios in one list, in the order of {@link transactionsOf}; null for an
 * operator, who may see far more than one list can have. Throws as {@link transactionsOf}, also where those of one portfolio can't
 * be read: its transactions would be missing between the others.
 */
export async function transactionsOfViewer(
  context: RequestContext,
  page: PageArguments,
  filter: TransactionFilter = {},
): Promise<Shown<Connection<Transaction> | null>> {
  const { viewer, services, loaders } = context;
  if (isOperator(viewer)) return { value: null, unreadable: [] };
  const portfolios = await ownPortfolios(context);
  const lists = await Promise.all(portfolios.rows.map(({ id }) => loaders.transactions.load(id)));
  const all = lists.flatMap(({ rows }) => services.transactionOrder.of(rows)).sort(newestFirst);
  const list = `transactions of ${JSON.stringify([viewer.issuer, viewer.subject])}`;
  const unreadable = [...portfolios.unreadable, ...joinListings(lists).unreadable];
  return { value: pageOf(context, list, all, page, filter), unreadable };
}

function pageOf(
  context: RequestContext,
  list: string,
  all: readonly Dated[],
  page: PageArguments,
  filter: TransactionFilter,
): Connection<Transaction> {
  const rows = hasConditions(filter) ? all.filter(transactionMatcher(filter)) : all;
  const found = keysetPage(rows, page, {
    codec: context.services.cursors,
    list,
    keyOf: (row) => [instantText(row.at), row.transaction.id],
    compareToKey: (row, key) => compareToKey(row, key),
  });
  const edges = found.edges.map((edge) => new LazyEdge(context.vouched.add(edge.node.transaction), () => edge.cursor));
  return { ...found, edges };
}

/** The transaction; null where the portfolio has none with this id or the viewer must not see the portfolio. */
export async function transactionById(
  context: RequestContext,
  ids: { readonly portfolioId: string; readonly id: string },
): Promise<Transaction | null> {
  const id = parseTransactionId(ids.id);
  const portfolio = await portfolioById(context, ids.portfolioId);
  if (portfolio === null || id === undefined) return null;
  const transaction = await context.lookups.look(id, () =>
    context.services.investSuite.transaction(portfolio.id, id, context.patience.forOneCall()),
  );
  if (transaction === null) return null;
  context.services.transactionIndex.remember([transaction]);
  return context.vouched.add(transaction);
}

/** The transaction by its id alone: found once the gateway has read it, since the id does not contain the portfolio. */
export async function seenTransaction(context: RequestContext, id: string): Promise<Transaction | null> {
  const transactionId = parseTransactionId(id);
  if (transactionId === undefined) return null;
  requireScope(context.viewer, 'portfolios:read');
  const portfolioId = await context.services.transactionIndex.portfolioOf(transactionId);
  if (portfolioId === undefined) return await missingObject(context, id);
  return await transactionById(context, { portfolioId, id });
}

const hasConditions = (filter: TransactionFilter): boolean =>
  Object.values(filter).some((condition) => condition !== null && condition !== undefined);

function compareToKey(row: Dated, [at = '0', id = '']: readonly string[]): number {
  const later = compareInstants(instantOfText(at), row.at);
  if (later !== 0) return later;
  return row.transaction.id < id ? -1 : row.transaction.id > id ? 1 : 0;
}

function transactionMatcher(filter: TransactionFilter): (row: Dated) => boolean {
  const from = filter.from == null ? undefined : instantOf(filter.from);
  const to = filter.to == null ? undefined : instantOf(filter.to);
  return ({ transaction, at }) =>
    isOneOf(filter.types, transaction.type) &&
    isOneOf(filter.statuses, transaction.status) &&
    (filter.instrumentId == null || touches(transaction, filter.instrumentId)) &&
    (from === undefined || compareInstants(at, from) >= 0) &&
    (to === undefined || compareInstants(at, to) < 0);
}

const isOneOf = <T>(values: readonly T[] | null | undefined, value: T): boolean =>
  values == null || values.length === 0 || values.includes(value);

const touches = (transaction: Transaction, instrumentId: string): boolean =>
  transaction.movements.some((movement) => movement.instrumentId === instrumentId);

export interface TransactionMade {
  readonly transaction: Transaction;
}
export interface TransactionMoved extends TransactionMade {
  readonly warnings: readonly string[];
}

export async function recordTransaction(
  context: RequestContext,
  input: RecordTransactionInput,
): Promise<Result<TransactionMade>> {
  return made(context, await commandRecordTransaction(context.services.orders, callerOf(context), input));
}

/** The command has checked that the portfolio is the caller's to see. A transaction that was written is known by its id. */
export function made(context: RequestContext, result: CommandResult<Ended<Transaction>>): Result<TransactionMoved> {
  if (result.kind !== 'success') return result;
  const { value: transaction, warnings } = result.value;
  context.services.transactionIndex.remember([transaction]);
  return { kind: 'success', transaction: context.vouched.add(transaction), warnings, replayed: result.replayed };
}
