import type { Answer, Exchange } from '../server/exchange.ts';
import type { JsonObject } from '../values/json.ts';
import { refusal } from './errors.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** A list with `meta`, cut by offset and limit. Without sort fields, in the order in which the items are given. */
export function pageAnswer(
  { query }: Exchange,
  items: readonly JsonObject[],
  sortable: readonly string[] = ['created_at'],
): Answer {
  const limit = whole(query.get('limit'), 'limit', DEFAULT_LIMIT, 1, MAX_LIMIT);
  const offset = whole(query.get('offset'), 'offset', 0, 0, 1_000_000_000);
  const sort = query.get('sort') ?? sortable[0];
  const order = query.get('order') ?? 'ASC';
  if (sort !== undefined && !sortable.includes(sort)) throw refusal(400, `sort must be one of ${sortable.join(', ')}`);
  if (order !== 'ASC' && order !== 'DESC') throw refusal(400, 'order must be ASC or DESC');
  const sorted = sort === undefined ? items : sortedBy(items, sort, order === 'DESC');
  const data = sorted.slice(offset, offset + limit);
  const meta = { offset, limit, count: data.length, total_count: items.length, ...(sort ? { sort, order } : {}) };
  return { status: 200, body: { meta, data } };
}

function whole(text: string | null, name: string, otherwise: number, least: number, most: number): number {
  if (text === null) return otherwise;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (value < least || value > most) throw refusal(400, `${name} must be between ${least} and ${most}`);
  return value;
}

function sortedBy(items: readonly JsonObject[], field: string, descending: boolean): readonly JsonObject[] {
  const key = (item: JsonObject): string => {
    const value = item[field];
    // Times of different precision: compared as moments.
    const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    return Number.isNaN(time) ? String(value) : String(time).padStart(16, '0');
  };
  const sorted = [...items].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return descending ? sorted.reverse() : sorted;
}
