import type { z } from 'zod';
import { UpstreamInvalidAnswerError, UpstreamRefusedReadError, UpstreamUnavailableError } from '../../errors.ts';
import type { CallOptions, UpstreamClient } from '../http/client.ts';
import type { ExactJson } from '../http/exact-json.ts';
import { issuesOf } from './fields.ts';
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

/** The rows of a list, and how many of them had to be left out. */
export interface Rows<T> {
  readonly rows: readonly T[];
  readonly dropped: number;
}

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

  /** The rows of one page. Rows that can't be read are left out and reported; only rows that can't be read are an error. */
  rows<T>(body: ExactJson, { resource, operation, schema }: ListOf<T>): Rows<T> {
    const data = isObject(body) ? body['data'] : undefined;
    if (!Array.isArray(data)) throw invalid(operation, 'data is not a list');
    const rows: T[] = [];
    const details: string[] = [];
    for (const [index, row] of data.entries()) {
      const parsed = schema.safeParse(row);
      if (parsed.success) rows.push(parsed.data);
      else if (details.length < MAX_DETAILS) details.push(`data.${index}: ${issuesOf(parsed.error)}`);
    }
    const dropped = data.length - rows.length;
    if (dropped > 0) this.#onDropped?.({ resource, count: dropped, details });
    if (rows.length === 0 && dropped > 0) throw invalid(operation, details.join('; '));
    return { rows, dropped };
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
  ): Promise<readonly T[] | null> {
    const found = new Map<string, T>();
    let offset = 0;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = `${path.includes('?') ? '&' : '?'}limit=${PAGE_SIZE}&offset=${offset}`;
      const body = await this.get(path + query, list.operation, options);
      if (body === undefined) return null;
      const { rows, dropped } = this.rows(body, list);
      const before = found.size;
      for (const row of rows) found.set(list.keyOf(row), row);
      offset += rows.length + dropped;
      if (isLastPage(body, offset, rows.length + dropped)) return [...found.values()];
      // Nothing new on a whole page: the server does not mind the offset, and would never end.
      if (found.size === before) throw invalid(list.operation, 'the pages repeat');
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
