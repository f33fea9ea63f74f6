import type { z } from 'zod';
import { idOf, type Listing, type UnreadableRow } from '../../domain/listing.ts';
import { UpstreamInvalidAnswerError, UpstreamRefusedReadError, UpstreamUnavailableError } from '../../errors.ts';
import type { CallOptions, UpstreamClient } from '../upstream/client.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import { issuesOf, sameId } from './fields.ts';
import { isObject, upvestRequestId } from './problem.ts';

/** What a list is of; for metrics and the log. */
export type UpvestResource =
  | 'cashBalance'
  | 'account'
  | 'position'
  | 'order'
  | 'referenceAccount'
  | 'withdrawal'
  | 'cashTransaction'
  | 'verifyKey'
  | 'webhook';

/** Rows of a list that could not be read and were left out. Where and how (paths), never values. */
export interface DroppedRows {
  readonly resource: UpvestResource;
  readonly count: number;
  /** Of the first few. */
  readonly details: readonly string[];
}

/** How the rows of a list are read. */
export interface ListOf<T> {
  readonly resource: UpvestResource;
  readonly operation: string;
  readonly schema: z.ZodType<T>;
}

/** A row that could not be read, as it was sent: to see whether it may be one that is looked for. */
export interface SentRow extends UnreadableRow {
  readonly row: ExactJson;
}

/** The rows of a list as far as they could be read, and the others as they were sent. */
export interface Rows<T> extends Listing<T> {
  readonly unreadable: readonly SentRow[];
}

/** False only where a row that could not be read says otherwise. */
export function mayHave({ row }: SentRow, name: string, value: string): boolean {
  const found = isObject(row) ? row[name] : undefined;
  return typeof found !== 'string' || found === '' || sameId(found, value);
}

/** Several lists as one. */
export const joinRows = <T>(lists: readonly Rows<T>[]): Rows<T> => ({
  rows: lists.flatMap(({ rows }) => rows),
  unreadable: lists.flatMap(({ unreadable }) => unreadable),
});

export const NO_ROWS: Rows<never> = { rows: [], unreadable: [] };

const MAX_DETAILS = 10;
/** Upvest's largest page. */
const PAGE_SIZE = 1_000;
/** A hundred thousand rows of one account are not to be; a server that pages in circles is. */
const MAX_PAGES = 100;

/** Reads of Upvest: statuses, JSON, rows and pages, the same for every resource. */
export class UpvestReader {
  readonly #client: UpstreamClient;
  readonly #onDropped: ((dropped: DroppedRows) => void) | undefined;

  constructor(client: UpstreamClient, onDropped?: (dropped: DroppedRows) => void) {
    this.#client = client;
    this.#onDropped = onDropped;
  }

  /**
   * The body of a GET, or undefined where Upvest says that there is no such thing (404, or one of `absent`).
   * Throws UpstreamUnavailableError, UpstreamRefusedReadError on any other 4xx, UpstreamInvalidAnswerError on what is not
   * JSON.
   */
  async get(
    path: string,
    operation: string,
    options: CallOptions,
    absent: readonly number[] = [404],
  ): Promise<ExactJson | undefined> {
    const answer = await this.#client.read({ method: 'GET', path, headers: {}, operation }, options);
    if (absent.includes(answer.status)) return undefined;
    if (!answer.ok) {
      const cause = new Error(
        `${operation} answered ${answer.status} (request ${upvestRequestId(answer) ?? 'unknown'})`,
      );
      if (answer.status !== 401) throw new UpstreamRefusedReadError('UPVEST', answer.status, { cause });
      throw new UpstreamUnavailableError('UPVEST', 'unauthenticated', { status: 401, cause });
    }
    try {
      return answer.json();
    } catch {
      // The parser's own message quotes the body.
      throw invalid(operation, 'not JSON');
    }
  }

  /** One object of a GET, or null where there is none. */
  async one<T>(path: string, operation: string, schema: z.ZodType<T>, options: CallOptions): Promise<T | null> {
    const body = await this.get(path, operation, options);
    if (body === undefined) return null;
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw invalid(operation, issuesOf(parsed.error));
  }

  /**
   * The rows of one page. Those that can't be read are left out, reported, and in `unreadable`. Throws an
   * UpstreamInvalidAnswerError on what is no list of objects.
   */
  rows<T>(body: ExactJson, { resource, operation, schema }: ListOf<T>): Rows<T> {
    const data = isObject(body) ? body['data'] : undefined;
    if (!Array.isArray(data)) throw invalid(operation, 'data is not a list');
    if (data.length > 0 && !data.some(isObject)) throw invalid(operation, 'data is a list of something else');
    const rows: T[] = [];
    const unreadable: SentRow[] = [];
    const details: string[] = [];
    for (const [index, row] of data.entries()) {
      const parsed = schema.safeParse(row);
      if (parsed.success) {
        rows.push(parsed.data);
        continue;
      }
      unreadable.push({ system: 'UPVEST', resource, id: idOf(isObject(row) ? row['id'] : undefined), row });
      if (details.length < MAX_DETAILS) details.push(`data.${index}: ${issuesOf(parsed.error)}`);
    }
    if (unreadable.length > 0) this.#onDropped?.({ resource, count: unreadable.length, details });
    return { rows, unreadable };
  }

  /**
   * All rows of a list, page by page in Upvest's own order (oldest first: rows that are added meanwhile come at the end,
   * so none is skipped). Null where there is no such list. `keyOf` keeps a row that moved to the next page from being
   * told twice.
   */
  async all<T>(
    path: string,
    list: ListOf<T> & { readonly keyOf: (row: T) => string },
    options: CallOptions,
  ): Promise<Rows<T> | null> {
    const found = new Map<string, T>();
    const unreadable: SentRow[] = [];
    let offset = 0;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = `${path.includes('?') ? '&' : '?'}limit=${PAGE_SIZE}&offset=${offset}`;
      const body = await this.get(path + query, list.operation, options);
      if (body === undefined) return null;
      const read = this.rows(body, list);
      const length = read.rows.length + read.unreadable.length;
      const before = found.size + unreadable.length;
      for (const row of read.rows) found.set(list.keyOf(row), row);
      unreadable.push(...read.unreadable);
      offset += length;
      if (isLastPage(body, offset, length)) return { rows: [...found.values()], unreadable };
      // Nothing new on a whole page: the server does not mind the offset, and would never end.
      if (found.size + unreadable.length === before) throw invalid(list.operation, 'the pages repeat');
    }
    throw invalid(list.operation, `more than ${MAX_PAGES} pages`);
  }
}

/**
 * What a read found, where it must be there: the answer 404 to a list means that its owner is not known, not that the
 * list is empty. Throws an UpstreamRefusedReadError.
 */
export function knownOf<T>(found: T | null): T {
  if (found === null) throw new UpstreamRefusedReadError('UPVEST', 404);
  return found;
}

/** `meta.total_count` decides; without one, a page that is not full is the last. */
function isLastPage(body: ExactJson, offset: number, length: number): boolean {
  const meta = isObject(body) ? body['meta'] : undefined;
  const number = (name: string): number | undefined => {
    const text = isObject(meta) ? meta[name] : undefined;
    return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  };
  return (
    length === 0 ||
    offset >= (number('total_count') ?? Number.POSITIVE_INFINITY) ||
    (number('total_count') === undefined && length < (number('limit') ?? PAGE_SIZE))
  );
}

const invalid = (operation: string, detail: string): UpstreamInvalidAnswerError =>
  new UpstreamInvalidAnswerError('UPVEST', `${operation}: ${detail}`);
