import { BadUserInputError } from '../errors.ts';
import { type CashRequest, callerKeyOf, findCashRequest, findCashRequestByKey } from '../workflows/index.ts';
import { requireScope } from './access.ts';
import { callerOf } from './commands.ts';
import type { RequestContext } from './context.ts';
import { type Connection, connection, cursorOf, type PageArguments, pageSize } from './cursors.ts';
import { missingObject, portfolioById } from './portfolios.ts';

/** A deposit, a withdrawal or a virtual cash movement, as the schema shows it. */
export type CashObject = CashRequest['object'];

/** The object with this id; null where the viewer must not see its portfolio. */
export async function cashRequestById(context: RequestContext, id: string): Promise<CashObject | null> {
  return (await visibleCashRequest(context, id))?.object ?? null;
}

/** As {@link cashRequestById}, with the kind. */
export async function visibleCashRequest(context: RequestContext, id: string): Promise<CashRequest | null> {
  return await visible(context, id, await findCashRequest(context.services.money.store, id));
}

export interface IdOrKey {
  readonly id?: string | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

export async function byIdOrKey(
  context: RequestContext,
  { id, idempotencyKey }: IdOrKey,
  mutation: string,
): Promise<CashRequest | null> {
  const { store } = context.services.money;
  if (id != null && idempotencyKey == null) return await visible(context, id, await findCashRequest(store, id));
  if (id != null || idempotencyKey == null) {
    throw new BadUserInputError('Give either id or idempotencyKey.');
  }
  // The key belongs to the caller, so no portfolio has to be checked.
  requireScope(context.viewer, 'portfolios:read');
  const found = await findCashRequestByKey(store, callerKeyOf(callerOf(context)), idempotencyKey, mutation);
  return found === undefined ? null : await visible(context, found.object.id, found);
}

async function visible(
  context: RequestContext,
  id: string,
  found: CashRequest | undefined,
): Promise<CashRequest | null> {
  if (found === undefined) return await missingObject(context, id);
  const portfolio = await portfolioById(context, found.object.portfolioId);
  if (portfolio === null) return null;
  context.vouched.add(found.object);
  return found;
}

/** A page of rows that the store returns in order; a cursor is the id of a row. */
export async function rowPage<T extends { readonly id: string }>(
  context: RequestContext,
  list: string,
  page: PageArguments,
  read: (after: { readonly id: string } | undefined, limit: number) => Promise<readonly T[]>,
): Promise<Connection<T>> {
  const size = pageSize(page.first);
  const { cursors } = context.services;
  const cursor = cursorOf(page.after);
  const place = cursor === null ? undefined : cursors.decode(list, cursor);
  if (place !== undefined && typeof place !== 'string')
    throw new BadUserInputError('after is not a cursor of this list.');
  const rows = await read(place === undefined ? undefined : { id: place }, size + 1);
  const edges = rows.slice(0, size).map((node) => ({
    node: context.vouched.add(node),
    cursor: cursors.encode(list, node.id),
  }));
  return connection(edges, { before: place !== undefined, after: rows.length > size });
}
