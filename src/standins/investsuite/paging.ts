import type { Exchange } from '../server/exchange.ts';
import type { Json, JsonObject } from '../values/json.ts';
import { badQuery } from './errors.ts';
import type { InvestSuiteSettings } from './settings.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** All members of the answer but `results` and `_embedded`. */
  readonly frame: JsonObject;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/**
 * Cuts the page that was asked for out of all matches, and frames it in one of the forms that the docs show: `next` as a
 * path, as an http address of the vendor's own host, with an entity's id as offset; `count` as total or page size, as
 * number or string, or null. The form depends on the number of the page only, so that tests are deterministic.
 */
export function cutPage<T extends { readonly id: string }>(
  exchange: Exchange,
  all: readonly T[],
  settings: Pick<InvestSuiteSettings, 'nextForm'>,
): Page<T> {
  const limit = limitOf(exchange.query.get('limit'));
  const offset = offsetOf(exchange.query.get('offset'), all);
  const items = all.slice(offset, offset + limit);
  const following = all[offset + limit];
  const pageNumber = Math.floor(offset / limit);
  const form =
    settings.nextForm === 'rotating'
      ? pageNumber % 3
      : ['relative', 'absolute', 'entity-offset'].indexOf(settings.nextForm);
  const next =
    following === undefined ? null : nextOf(exchange, limit, form === 2 ? following.id : String(offset + limit), form);
  const counts: readonly Json[] = [String(items.length), all.length, null];
  const offsets: readonly Json[] = [String(offset), offset, items[0]?.id ?? null];
  return { items, frame: { next, count: counts[form] ?? null, offset: offsets[form] ?? null } };
}

function limitOf(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) throw badQuery('limit', `ensure this value is between 1 and ${MAX_LIMIT}`);
  return limit;
}

function offsetOf(text: string | null, all: readonly { readonly id: string }[]): number {
  if (text === null) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = all.findIndex(({ id }) => id === text);
  if (at < 0) throw badQuery('offset', 'value is not a valid integer');
  return at;
}

function nextOf({ path, query }: Exchange, limit: number, offset: string, form: number): string {
  const parameters = new URLSearchParams(query);
  parameters.set('limit', String(limit));
  parameters.set('offset', offset);
  const host = form === 0 ? '' : 'http://api.sandbox.investsuite.com';
  return `${host}${path}?${parameters.toString()}`;
}
