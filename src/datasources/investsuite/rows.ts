import { idOf, type UnreadableRow } from '../../domain/listing.ts';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import type { DroppedRows } from './investsuite.ts';
import type { WirePage } from './page-wire.ts';
import { invalidAnswer, member } from './wire-values.ts';

/** A row of a list that could not be read, as it was sent. */
export interface SentRow extends UnreadableRow {
  readonly row: ExactJson;
  readonly error: UpstreamInvalidAnswerError;
}

export interface ReadRows<T> {
  readonly values: readonly T[];
  readonly unreadable: readonly SentRow[];
}

type Resource = DroppedRows['resource'];

export const sentRow = (resource: Resource, row: ExactJson, error: UpstreamInvalidAnswerError): SentRow => ({
  system: 'INVESTSUITE',
  resource,
  id: idOf(member(row, 'id')),
  row,
  error,
});

/** Reads each row by itself: one that cannot be read does not cost the others. Null (deleted) is left out silently. */
export function readRows<T>(
  resource: Resource,
  rows: readonly ExactJson[],
  readRow: (row: ExactJson) => T | null,
): ReadRows<T> {
  const values: T[] = [];
  const unreadable: SentRow[] = [];
  for (const row of rows) {
    try {
      const value = readRow(row);
      if (value !== null) values.push(value);
    } catch (error) {
      if (!(error instanceof UpstreamInvalidAnswerError)) throw error;
      unreadable.push(sentRow(resource, row, error));
    }
  }
  return { values, unreadable };
}

/** Tells what was left out, if anything was. */
export function tellDropped(
  onDropped: ((dropped: DroppedRows) => void) | undefined,
  resource: Resource,
  unreadable: readonly SentRow[],
): void {
  if (unreadable.length === 0) return;
  const details = [...new Set(unreadable.map(({ error }) => error.detail))].slice(0, 10);
  onDropped?.({ resource, count: unreadable.length, details });
}

/** No list of ours is longer; one that is goes in circles with ever new cursors. */
const MAX_PAGES = 1_000;

/**
 * All pages of a list, from the first (place `''`). Ends at a page without `next` or without rows. Throws an
 * UpstreamInvalidAnswerError where `next` leads back to where we have been, or the list does not end: the rest of it is not
 * known, and must not be taken for nothing.
 */
export async function* everyPage(fetch: (place: string) => Promise<WirePage>): AsyncGenerator<WirePage, void> {
  const visited = new Set<string>();
  let place: string | null = '';
  while (place !== null) {
    if (visited.has(place)) throw invalidAnswer('list: next leads back to a page that was read');
    if (visited.size >= MAX_PAGES) throw invalidAnswer(`list: more than ${MAX_PAGES} pages`);
    visited.add(place);
    const page: WirePage = await fetch(place);
    yield page;
    place = page.rows.length === 0 ? null : page.next;
  }
}
