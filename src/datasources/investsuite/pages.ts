import { type ExactJson, isList, isObject, member, type Writable } from '../upstream/exact-json.ts';
import { everyPage, type Page } from '../upstream/rows.ts';
import { isWritableList, writableMembers } from '../upstream/writable-json.ts';
import { invalidAnswer } from './fields.ts';
import { placeOf } from './query.ts';

/** One page of a list, rows unread. */
export interface WirePage {
  readonly rows: readonly ExactJson[];
  /** Where the next page begins; null on the last one. */
  readonly next: string | null;
  /** `_embedded`: entities by id. The id inside may be another one, the key counts. */
  readonly embedded: ReadonlyMap<string, ExactJson>;
}

/**
 * A list as InvestSuite sends it: the envelope `{next, count, offset, results, _embedded}`, or just the rows, or (as the
 * vendor's examples of a query show) the one entity without an envelope. `count` and `offset` have no settled meaning
 * and are not read. Throws an UpstreamInvalidAnswerError on anything else.
 */
export function readPage(body: ExactJson, what: string): WirePage {
  if (isList(body)) return { rows: body, next: null, embedded: new Map() };
  const rows = member(body, 'results');
  if (rows === undefined && member(body, 'id') !== undefined) return { rows: [body], next: null, embedded: new Map() };
  if (!isList(rows)) throw invalidAnswer(`${what}: results`);
  const next = member(body, 'next');
  const embedded = member(body, '_embedded');
  return {
    rows,
    next: typeof next === 'string' ? placeOf(next) : null,
    embedded: new Map(isObject(embedded) ? Object.entries(embedded) : []),
  };
}

/** The rows of the same page out of its body in a form that can be written again. */
export function writableRows(body: Writable): readonly Writable[] {
  if (isWritableList(body)) return body;
  const rows = writableMembers(body)?.['results'];
  return rows !== undefined && isWritableList(rows) ? rows : [body];
}

/** No real list is longer: a longer one repeats with new cursors. */
const MAX_PAGES = 1_000;

/** All pages of a list; ends at a page without `next` or without rows. Throws as {@link everyPage}. */
export const wholeList = (fetch: (place: string) => Promise<WirePage>): AsyncGenerator<WirePage, void> =>
  everyPage({ system: 'INVESTSUITE', what: 'list', maxPages: MAX_PAGES }, async (place): Promise<Page<WirePage>> => {
    const page = await fetch(place);
    return { page, next: page.rows.length === 0 ? null : page.next };
  });
