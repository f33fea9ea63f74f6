import { idOf, type Listing, type UnreadableRow } from '../../domain/listing.ts';
import { UpstreamInvalidAnswerError, type UpstreamSystem } from '../../errors.ts';
import { type ExactJson, member } from './exact-json.ts';

/** Rows of a list that could not be read and were left out. Where and how (paths), never values. */
export interface DroppedRows {
  /** Kind of row (`portfolio`, `position`), for metrics and the log. */
  readonly resource: string;
  readonly count: number;
  /** Of the first few. */
  readonly details: readonly string[];
}

export type OnDropped = ((dropped: DroppedRows) => void) | undefined;

/** A row that could not be read, as it was sent: to see whether it may be one that is looked for. */
export interface SentRow extends UnreadableRow {
  readonly row: ExactJson;
  readonly error: UpstreamInvalidAnswerError;
}

/** The rows of a list as far as they could be read, and the others as they were sent. */
export interface Rows<T> extends Listing<T> {
  readonly unreadable: readonly SentRow[];
}

export const NO_ROWS: Rows<never> = { rows: [], unreadable: [] };

/** Several lists as one. */
export const joinRows = <T>(lists: readonly Rows<T>[]): Rows<T> => ({
  rows: lists.flatMap(({ rows }) => rows),
  unreadable: lists.flatMap(({ unreadable }) => unreadable),
});

export const sentRow = (resource: string, row: ExactJson, error: UpstreamInvalidAnswerError): SentRow => ({
  system: error.system,
  resource,
  id: idOf(member(row, 'id')),
  row,
  error,
});

/**
 * Reads each row by itself: one that `read` throws an UpstreamInvalidAnswerError for does not cost the others. Null (deleted)
 * is left out silently.
 */
export function readRows<T>(
  resource: string,
  sent: readonly ExactJson[],
  read: (row: ExactJson, index: number) => T | null,
): Rows<T> {
  const rows: T[] = [];
  const unreadable: SentRow[] = [];
  for (const [index, row] of sent.entries()) {
    try {
      const value = read(row, index);
      if (value !== null) rows.push(value);
    } catch (error) {
      if (!(error instanceof UpstreamInvalidAnswerError)) throw error;
      unreadable.push(sentRow(resource, row, error));
    }
  }
  return { rows, unreadable };
}

const MAX_DETAILS = 10;

/** Reports the rows that were left out, if any. */
export function tellDropped(onDropped: OnDropped, resource: string, unreadable: readonly SentRow[]): void {
  if (unreadable.length === 0) return;
  const details = [...new Set(unreadable.map(({ error }) => error.detail))].slice(0, MAX_DETAILS);
  onDropped?.({ resource, count: unreadable.length, details });
}

/** False only where a row that could not be read says otherwise: another text than `value`, by `isSame`. */
export function mayHaveText(
  { row }: Pick<SentRow, 'row'>,
  name: string,
  value: string,
  isSame = (found: string, wanted: string): boolean => found === wanted,
): boolean {
  const found = member(row, name);
  return typeof found !== 'string' || isSame(found, value);
}

/** A page of a list, and the cursor of the next one; null on the last. */
export interface Page<P> {
  readonly page: P;
  readonly next: string | null;
}

/**
 * All pages of a list, from the first (place `''`). Throws an UpstreamInvalidAnswerError where `next` leads back to where we
 * have been, or the list does not end: the rest of it is not known, and must not be taken for nothing.
 */
export async function* everyPage<P>(
  { system, what, maxPages }: { readonly system: UpstreamSystem; readonly what: string; readonly maxPages: number },
  fetch: (place: string) => Promise<Page<P>>,
): AsyncGenerator<P, void> {
  const visited = new Set<string>();
  let place: string | null = '';
  while (place !== null) {
    if (visited.has(place))
      throw new UpstreamInvalidAnswerError(system, `${what}: next leads back to a page that was read`);
    if (visited.size >= maxPages) throw new UpstreamInvalidAnswerError(system, `${what}: more than ${maxPages} pages`);
    visited.add(place);
    const { page, next }: Page<P> = await fetch(place);
    yield page;
    place = next;
  }
}
