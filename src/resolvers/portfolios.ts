import { createHash } from 'node:crypto';
import type { UnreadablePortfolio } from '../datasources/investsuite/index.ts';
import type { BrokerLink } from '../domain/broker.ts';
import {
  nobodysPortfolio,
  type PortfolioId,
  parseAccountGroupId,
  parseBrokerageUserId,
  parsePortfolioId,
  parseUserId,
  type UserId,
} from '../domain/ids.ts';
import type { Shown, UnreadableRow } from '../domain/listing.ts';
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
  type PageArguments,
  pageSize,
} from './cursors.ts';

export interface PortfolioFilter {
  readonly ownerId?: string | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly withPendingDivestment?: boolean | null | undefined;
}

/** The portfolio, or null where there is none or the viewer may not see it: nobody can tell which. */
export async function portfolioById(context: RequestContext, id: string): Promise<Portfolio | null> {
  const portfolioId = parsePortfolioId(id);
  if (portfolioId === undefined) return null;
  requireScope(context.viewer, 'portfolios:read');
  return await context.lookups.look(id, async () =>
    visible(context, await context.loaders.portfolio.load(portfolioId)),
  );
}

/** Null, found out in the same way as for something of somebody else's: see {@link nobodysPortfolio}. */
export async function notThere(context: RequestContext, id: string): Promise<null> {
  requireScope(context.viewer, 'portfolios:read');
  const portfolioId = isOperator(context.viewer) ? undefined : nobodysPortfolio(id);
  return await context.lookups.look(id, async () => {
    if (portfolioId !== undefined) await context.loaders.portfolio.load(portfolioId);
    return null;
  });
}

function visible(context: RequestContext, portfolio: Portfolio | null): Portfolio | null {
  if (portfolio === null || !maySeePortfolio(context.viewer, portfolio)) return null;
  return context.vouched.add(portfolio);
}

/** A page that starts inside an InvestSuite page: its `next` (null: the first page), its size, rows to skip in it. */
interface Place {
  readonly page: string | null;
  readonly limit: number;
  readonly skip: number;
}

/** Upstream pages read for one page of ours, where most rows are filtered out. */
const MAX_UPSTREAM_PAGES = 50;

/**
 * The portfolios that the viewer may see, in InvestSuite's order.
 * Throws BadUserInputError for a bad `first`, `after` or filter, ForbiddenError without `portfolios:read`.
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
  const list = (): string => listName(context, filter);
  const start = startOf(context, list, page.after, size);
  const query = upstreamFilter(context, filter);
  if (query === 'nothing') return { value: connection([], { before: false, after: false }), unreadable: [] };

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
    unreadable.push(...answer.unreadable.flatMap((row) => toldOf(context, row) ?? []));
    for (const [index, row] of answer.portfolios.entries()) {
      if (index < at.skip || !wanted(context, filter, row)) continue;
      if (edges.length === size) {
        place = { ...at, skip: index };
        break;
      }
      context.loaders.portfolio.prime(row.id, row);
      const last = index === answer.portfolios.length - 1;
      const behind: Place = last && answer.next !== null ? nextPlace(answer.next, at) : { ...at, skip: index + 1 };
      edges.push(new LazyEdge(context.vouched.add(row), () => context.services.cursors.encode(list(), behind)));
    }
  }
  // Given up for now: who comes again goes on from here, also where nothing was found yet.
  const end = place !== undefined && edges.length < size ? context.services.cursors.encode(list(), place) : undefined;
  const value = connection(edges, { before: cursorOf(page.after) !== null, after: place !== undefined, end });
  return { value, unreadable };
}

/**
 * What this viewer may hear of a row that could not be read; undefined of somebody else's. Whose it is may be unreadable
 * too: then it may be the viewer's, but nothing more is told of it.
 */
function toldOf({ viewer }: RequestContext, { ownerIds, ...row }: UnreadablePortfolio): UnreadableRow | undefined {
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

/** What of the filter InvestSuite is asked to do; everything is checked again on the rows. */
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

/** A cursor is good only for the same filter and the same viewer. */
function listName({ viewer }: RequestContext, filter: PortfolioFilter): string {
  const parts = [viewer.issuer, viewer.subject, filter.ownerId, filter.externalId, filter.withPendingDivestment];
  return `portfolios ${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`;
}

function startOf(context: RequestContext, list: () => string, after: string | null | undefined, limit: number): Place {
  const cursor = cursorOf(after);
  if (cursor === null) return { page: null, limit, skip: 0 };
  const place = context.services.cursors.decode(list(), cursor);
  if (isPlace(place)) return place;
  throw new BadUserInputError('after is not a cursor of this list.');
}

function isPlace(value: unknown): value is Place {
  return typeof value === 'object' && value !== null && 'page' in value && 'limit' in value && 'skip' in value;
}

/** InvestSuite's own `brokerage_account` as the link to the broker; null where it names no account group. */
export function defaultLink(portfolio: Portfolio): BrokerLink | null {
  const accountGroupId = parseAccountGroupId(portfolio.brokerage?.brokeragePortfolioId ?? '');
  if (accountGroupId === undefined) return null;
  return { accountGroupId, brokerageUserId: parseBrokerageUserId(portfolio.brokerage?.brokerageUserId ?? '') ?? null };
}

/** The robo advisor's latest optimization; null for self-investor portfolios, without asking. */
export async function optimizationOf(context: RequestContext, portfolio: Portfolio): Promise<Optimization | null> {
  return isRobo(portfolio) ? await context.loaders.optimization.load(portfolio.id) : null;
}

/** A portfolio of this request by id, for an object that names it and was vouched for itself. */
export async function portfolioOf(context: RequestContext, id: PortfolioId): Promise<Portfolio> {
  const portfolio = await portfolioById(context, id);
  if (portfolio === null) throw new Error('a visible object names a portfolio that is not visible');
  return portfolio;
}
