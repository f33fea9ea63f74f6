import { createHash } from 'node:crypto';
import type { UnreadablePortfolio } from '../datasources/investsuite/index.ts';
import type { BrokerLink } from '../domain/broker.ts';
import {
  missingPortfolioId,
  type PortfolioId,
  parseAccountGroupId,
  parseBrokerageUserId,
  parsePortfolioId,
  parseUserId,
  type UserId,
} from '../domain/ids.ts';
import type { Listing, Shown, UnreadableRow } from '../domain/listing.ts';
import type { Optimization } from '../domain/optimization.ts';
import { isRobo, type Portfolio } from '../domain/portfolio.ts';
import { isOperator } from '../domain/viewer.ts';
import { BadUserInputError } from '../errors.ts';
import { maySeePortfolio, requireScope } from './access.ts';
import type { RequestContext } from './context.ts';
import {
  type Connection,
  connection,
  cursorOf,
  type Edge,
  emptyPage,
  LazyEdge,
  MAX_PAGE,
  type PageArguments,
  pageSize,
} from './cursors.ts';

export interface PortfolioFilter {
  readonly ownerId?: string | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly withPendingDivestment?: boolean | null | undefined;
}

/** The portfolio; null where there is none or the viewer must not see it. The two are indistinguishable. */
export async function portfolioById(context: RequestContext, id: string): Promise<Portfolio | null> {
  const portfolioId = parsePortfolioId(id);
  if (portfolioId === undefined) return null;
  requireScope(context.viewer, 'portfolios:read');
  return await context.lookups.look(id, async () =>
    visible(context, await context.loaders.portfolio.load(portfolioId)),
  );
}

/** Null, after the same reads as for another customer's object: see {@link missingPortfolioId}. */
export async function missingObject(context: RequestContext, id: string): Promise<null> {
  requireScope(context.viewer, 'portfolios:read');
  const portfolioId = isOperator(context.viewer) ? undefined : missingPortfolioId(id);
  return await context.lookups.look(id, async () => {
    if (portfolioId !== undefined) await context.loaders.portfolio.load(portfolioId);
    return null;
  });
}

function visible(context: RequestContext, portfolio: Portfolio | null): Portfolio | null {
  if (portfolio === null || !maySeePortfolio(context.viewer, portfolio)) return null;
  return context.vouched.add(portfolio);
}

/** Start of a page inside an InvestSuite page: its `next` (null: the first page), its size, and the rows to skip. */
interface Place {
  readonly page: string | null;
  readonly limit: number;
  readonly skip: number;
}

/** Maximum upstream pages for one page of this list, where most rows are filtered out. */
const MAX_UPSTREAM_PAGES = 50;

/**
 * Portfolios that the viewer may see, in InvestSuite's order. Throws BadUserInputError for a bad `first`, `after` or
 * filter, and ForbiddenError without `portfolios:read`.
 */
export async function listPortfolios(
  context: RequestContext,
  page: PageArguments,
  filter: PortfolioFilter = {},
): Promise<Shown<Connection<Portfolio>>> {
  requireScope(context.viewer, 'portfolios:read');
  const size = pageSize(page.first);
  if (size === 0) {
    const { value, unreadable } = await listPortfolios(context, { ...page, first: 1 }, filter);
    return { value: emptyPage(value), unreadable };
  }
  const list = listName(context, filter);
  const encode = (place: Place): string => context.services.cursors.encode(list, place);
  const start = startOf(context, list, page.after, size);
  const { edges, unreadable, place } = await collectEdges(context, filter, size, start, encode);
  // The limit of upstream pages is reached: the next page continues here, also where this one is empty.
  const end = place !== undefined && edges.length < size ? encode(place) : undefined;
  const value = connection(edges, { before: cursorOf(page.after) !== null, after: place !== undefined, end });
  return { value, unreadable };
}

interface Collected {
  readonly edges: readonly Edge<Portfolio>[];
  readonly unreadable: readonly UnreadableRow[];
  /** Where the next page begins; undefined behind the last portfolio. */
  readonly place: Place | undefined;
}

/** Reads pages of InvestSuite until `size` portfolios are found. */
async function collectEdges(
  context: RequestContext,
  filter: PortfolioFilter,
  size: number,
  start: Place,
  encode: (place: Place) => string,
): Promise<Collected> {
  const query = upstreamFilter(context, filter);
  if (query === 'nothing') return { edges: [], unreadable: [], place: undefined };
  const waiting = context.patience.forOneField();
  const edges: Edge<Portfolio>[] = [];
  const unreadable: UnreadableRow[] = [];
  let place: Place | undefined = start;
  for (let pages = 0; place !== undefined && edges.length < size && pages < MAX_UPSTREAM_PAGES; pages += 1) {
    const at: Place = place;
    const answer = await context.services.investSuite.portfoliosPage(
      { filter: query, limit: at.limit, cursor: at.page ?? undefined },
      waiting,
    );
    place = answer.next === null ? undefined : nextPlace(answer.next, at);
    unreadable.push(...answer.unreadable.flatMap((row) => reportOf(context, row) ?? []));
    for (const [index, row] of answer.portfolios.entries()) {
      if (index < at.skip || !wanted(context, filter, row)) continue;
      if (edges.length === size) {
        place = { ...at, skip: index };
        break;
      }
      context.loaders.portfolio.prime(row.id, row);
      const last = index === answer.portfolios.length - 1;
      const behind: Place = last && answer.next !== null ? nextPlace(answer.next, at) : { ...at, skip: index + 1 };
      edges.push(new LazyEdge(context.vouched.add(row), () => encode(behind)));
    }
  }
  return { edges, unreadable, place };
}

/** All portfolios of a customer. Throws ForbiddenError without `portfolios:read`. */
export async function ownPortfolios(context: RequestContext): Promise<Listing<Portfolio>> {
  const rows: Portfolio[] = [];
  const unreadable: UnreadableRow[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page: Shown<Connection<Portfolio>> = await listPortfolios(context, { first: MAX_PAGE, after });
    rows.push(...page.value.edges.map(({ node }) => node));
    unreadable.push(...page.unreadable);
    after = page.value.pageInfo.hasNextPage ? page.value.pageInfo.endCursor : null;
  }
  return { rows, unreadable };
}

/**
 * The part of an unreadable row's report that the viewer may see; undefined for another customer's row. Where the owner
 * is unreadable too, the row may be the viewer's, and nothing but its absence is reported.
 */
function reportOf({ viewer }: RequestContext, { ownerIds, ...row }: UnreadablePortfolio): UnreadableRow | undefined {
  if (isOperator(viewer)) return row;
  if (ownerIds === null) return { ...row, id: null };
  return viewer.userId !== null && ownerIds.includes(viewer.userId) ? row : undefined;
}

const nextPlace = (next: string, at: Place): Place => ({ page: next, limit: at.limit, skip: 0 });

function wanted(context: RequestContext, filter: PortfolioFilter, row: Portfolio): boolean {
  if (!maySeePortfolio(context.viewer, row)) return false;
  if (filter.ownerId != null && row.ownerId !== filter.ownerId) return false;
  if (filter.externalId != null && row.externalId !== filter.externalId) return false;
  return filter.withPendingDivestment == null || filter.withPendingDivestment === (row.divestment !== null);
}

type UpstreamFilter = Parameters<RequestContext['services']['investSuite']['portfoliosPage']>[0]['filter'];

/** The part of the filter that InvestSuite applies; rows are checked again. */
function upstreamFilter(context: RequestContext, filter: PortfolioFilter): UpstreamFilter | 'nothing' {
  const ownerId = ownerFilter(filter.ownerId);
  const { viewer } = context;
  if (!isOperator(viewer) && viewer.userId === null) return 'nothing';
  return {
    ...(ownerId === undefined ? {} : { ownerId }),
    ...(isOperator(viewer) || viewer.userId === null || ownerId !== undefined ? {} : { anyOwnerId: viewer.userId }),
    ...(filter.externalId == null ? {} : { externalId: filter.externalId }),
    ...(filter.withPendingDivestment === true ? { pendingDivestment: true } : {}),
  };
}

function ownerFilter(ownerId: string | null | undefined): UserId | undefined {
  if (ownerId == null) return undefined;
  const id = parseUserId(ownerId);
  if (id === undefined) throw new BadUserInputError('filter.ownerId is not a user id.');
  return id;
}

/** A cursor is valid for the same filter and viewer only. */
function listName({ viewer }: RequestContext, filter: PortfolioFilter): string {
  const parts = [viewer.issuer, viewer.subject, filter.ownerId, filter.externalId, filter.withPendingDivestment];
  return `portfolios ${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`;
}

function startOf(context: RequestContext, list: string, after: string | null | undefined, limit: number): Place {
  const cursor = cursorOf(after);
  if (cursor === null) return { page: null, limit, skip: 0 };
  const place = context.services.cursors.decode(list, cursor);
  if (isPlace(place)) return place;
  throw new BadUserInputError('after is not a cursor of this list.');
}

function isPlace(value: unknown): value is Place {
  return typeof value === 'object' && value !== null && 'page' in value && 'limit' in value && 'skip' in value;
}

/** The link in InvestSuite's `brokerage_account`; null where it names no account group. */
export function defaultLink(portfolio: Portfolio): BrokerLink | null {
  const accountGroupId = parseAccountGroupId(portfolio.brokerage?.brokeragePortfolioId ?? '');
  if (accountGroupId === undefined) return null;
  return { accountGroupId, brokerageUserId: parseBrokerageUserId(portfolio.brokerage?.brokerageUserId ?? '') ?? null };
}

/** The robo advisor's latest optimization; null for portfolios that the customer manages, without a call. */
export async function optimizationOf(context: RequestContext, portfolio: Portfolio): Promise<Optimization | null> {
  return isRobo(portfolio) ? await context.loaders.optimization.load(portfolio.id) : null;
}

/** The portfolio of an object that was vouched for. */
export async function portfolioOf(context: RequestContext, id: PortfolioId): Promise<Portfolio> {
  const portfolio = await portfolioById(context, id);
  if (portfolio === null) throw new Error('a visible object names a portfolio that is not visible');
  return portfolio;
}
