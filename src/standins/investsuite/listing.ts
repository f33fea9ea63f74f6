import type { Answer, Exchange } from '../server/exchange.ts';
import type { Collection } from '../values/collection.ts';
import type { JsonObject } from '../values/json.ts';
import type { InvestSuiteContext } from './context.ts';
import { embedded } from './embed.ts';
import type { Entity } from './entities.ts';
import { badQuery, forbidden, notFound } from './errors.ts';
import type { FieldTable } from './fields.ts';
import { cutPage, type Page } from './paging.ts';
import { idsOf, matches, ordered, parseQuery, type Query, usesIdList } from './query.ts';

/** One kind of entity: where it is kept, what can be asked, how it is answered. */
export interface Resource<T extends Entity> {
  readonly collection: Collection<T>;
  readonly fields: FieldTable;
  read(entity: T): JsonObject & { readonly id: string };
}

/** Whom the stand-in's credentials belong to, in the text of a 403. */
const CALLER_ID = 'UXXXXXXXXXXXXXXXXXXXXXXXXXX';

export function list<T extends Entity>(context: InvestSuiteContext, exchange: Exchange, resource: Resource<T>): Answer {
  const query = queryOf(context, exchange, resource.fields);
  const { items, frame } = selected(context, exchange, resource, query);
  const [first] = items;
  const byExternalId = exchange.query.get('query')?.startsWith('external_id eq') ?? false;
  if (context.settings.bareEntity && first && items.length === 1 && byExternalId)
    return { status: 200, body: { ...first, _embedded: {} } };
  const _embedded = embed(context, exchange, items, resource.fields);
  const results = items.map((item) => ({ ...item, _embedded: {} }));
  return { status: 200, body: { ...frame, results, _embedded } };
}

/** The page of what matches, as it is answered. Reading is put off where the page can be cut without it. */
function selected<T extends Entity>(
  context: InvestSuiteContext,
  exchange: Exchange,
  resource: Resource<T>,
  { condition, order }: Query,
): Page<JsonObject & { readonly id: string }> {
  const ids = idsOf(condition);
  const kept = (ids ? resource.collection.some(ids) : resource.collection.all()).filter(
    ({ id, deleted }) => !deleted && !context.store.unreadableIds.has(id),
  );
  if ((ids || condition === null) && order.length === 0) {
    const { items, frame } = cutPage(exchange, kept, context.settings);
    return { items: items.map(resource.read), frame };
  }
  const found = kept.map(resource.read).filter((entity) => matches(condition, entity));
  return cutPage(exchange, ordered(found, order), context.settings);
}

export function item<T extends Entity>(
  context: InvestSuiteContext,
  exchange: Exchange,
  resource: Resource<T>,
  id: string,
): Answer {
  const entity = resource.read(existing(context, resource.collection, id));
  return { status: 200, body: { ...entity, _embedded: embed(context, exchange, [entity], resource.fields) } };
}

/** The entity, or the refusal that the docs have for one that is not there, deleted or not ours. */
export function existing<T extends Entity>(context: InvestSuiteContext, collection: Collection<T>, id: string): T {
  if (context.store.unreadableIds.has(id))
    throw forbidden(`User ${CALLER_ID} does not have READ access on ${id} (version=latest)`);
  const entity = collection.get(id);
  if (!entity || entity.deleted) throw notFound(id);
  return entity;
}

function queryOf(context: InvestSuiteContext, exchange: Exchange, fields: FieldTable): Query {
  const source = exchange.query.get('query');
  if (source === null) return { condition: null, order: [] };
  const query = parseQuery(source, fields);
  if (!context.settings.batching && usesIdList(query.condition))
    throw badQuery('query', "operator 'in' not supported on 'id'");
  return query;
}

function embed(
  { store }: InvestSuiteContext,
  exchange: Exchange,
  entities: readonly JsonObject[],
  fields: FieldTable,
): JsonObject {
  return embedded(exchange.query.get('embed'), entities, fields, {
    callerId: CALLER_ID,
    readable: (id) => !store.unreadableIds.has(id),
    find(id) {
      const entity = store.users.get(id) ?? store.portfolios.get(id);
      return entity && !entity.deleted ? { ...entity, _embedded: {} } : undefined;
    },
  });
}
