import type { z } from 'zod';
import type { Runtime } from '../../domain/runtime.ts';
import { CapabilityNotGrantedError, UpstreamInvalidAnswerError, UpstreamRefusedReadError } from '../../errors.ts';
import { bodyOf, refusal } from '../upstream/answers.ts';
import type { CallOptions, UpstreamClient } from '../upstream/client.ts';
import { type ExactJson, isList, isObject, member } from '../upstream/exact-json.ts';
import { issuesOf } from '../upstream/fields.ts';
import {
  everyPage,
  type OnDropped,
  type Page,
  type Rows,
  readRows,
  type SentRow,
  tellDropped,
} from '../upstream/rows.ts';
import { type ReadOptions, SharedResource, type SharingOptions } from '../upstream/shared-resource.ts';
import type { Capabilities, Capability } from './capabilities.ts';
import { upvestRequestId } from './problem.ts';

/** Declaration of a read: the call, and the used part of its answer. Callers with the same path share one call. */
export interface ReadOf<A, T> {
  /** As a metric label and span name: `upvest.orders.get`. No ids in it. */
  readonly operation: string;
  readonly path: (asked: A) => string;
  /** Where the call needs one that a tenant may lack: the read is null where it is off, see capabilities.ts. */
  readonly capability?: Capability | undefined;
  readonly schema: z.ZodType<T>;
}

/** A list, which is read to its end. */
export interface ListOf<A, T> extends Omit<ReadOf<A, T>, 'schema'> {
  /** A row that becomes null is left out. */
  readonly schema: z.ZodType<T | null>;
  /** Kind of row, for metrics and the log. */
  readonly resource: string;
  /** Identifies a row, so that one that moved to the next page is not returned twice. */
  readonly keyOf: (row: T) => string;
}

export type Read<A, T> = (asked: A, options?: ReadOptions) => Promise<T>;

export interface UpvestReadsOptions extends Omit<SharingOptions, 'system'> {
  /** Called with rows of a list that could not be read and were left out. */
  readonly onDropped?: OnDropped;
  /** Without them reads that declare one are null. */
  readonly capabilities?: Capabilities | undefined;
}

/** Upvest's largest page. */
const PAGE_SIZE = 1_000;
/** A hundred thousand rows of one account are not to be; a server that pages in circles is. */
const MAX_PAGES = 100;

/** Reads of Upvest: statuses, JSON, rows and pages, the same for every resource. */
export class UpvestReads {
  readonly #client: UpstreamClient;
  readonly #sharing: SharingOptions;
  readonly #onDropped: OnDropped;
  readonly #capabilities: Capabilities | undefined;
  readonly #shared: { forget(): void }[] = [];

  constructor(client: UpstreamClient, { onDropped, capabilities, ...sharing }: UpvestReadsOptions) {
    this.#client = client;
    this.#sharing = { ...sharing, system: 'UPVEST' };
    this.#onDropped = onDropped;
    this.#capabilities = capabilities;
  }

  get runtime(): Runtime {
    return this.#sharing.runtime;
  }

  /** After a write. A write to a group changes its balances, lists and transactions; few reads are in flight. */
  forget(): void {
    for (const resource of this.#shared) resource.forget();
  }

  /** Reads of one object; null where there is none (404). */
  one<A, T>(call: ReadOf<A, T>): Read<A, T | null> {
    const { operation, path, schema } = call;
    return this.shared(path, async (at, options) => {
      const body = await this.get(at, call, options);
      return body === undefined ? null : read(schema, operation, body);
    });
  }

  /** Reads of a list; null where there is none (404): then its owner is not known. */
  list<A, T>(list: ListOf<A, T>): Read<A, Rows<T> | null> {
    return this.shared(list.path, (at, options) => this.all(at, list, options));
  }

  /** Reads a list whose owner must exist. Throws an UpstreamRefusedReadError where it does not. */
  listOfKnown<A, T>(list: ListOf<A, T>): Read<A, Rows<T>> {
    const readList = this.list(list);
    return async (asked, options) => knownOf(await readList(asked, options));
  }

  /** Shares concurrent reads; `key` contains everything that can change the answer. */
  shared<A, T>(key: (asked: A) => string, start: (key: string, options: CallOptions) => Promise<T>): Read<A, T> {
    const resource = new SharedResource<T>(this.#sharing);
    this.#shared.push(resource);
    return async (asked, options = {}) => await resource.read(key(asked), options, (inner) => start(key(asked), inner));
  }

  /**
   * The body of a GET; undefined where the object does not exist (404, or one of `absent`), or its capability is off. Throws
   * UpstreamUnavailableError, CapabilityNotGrantedError, UpstreamRefusedReadError on any other 4xx,
   * UpstreamInvalidAnswerError on a body that is not JSON.
   */
  async get(
    path: string,
    { operation, capability }: Pick<ReadOf<never, never>, 'operation' | 'capability'>,
    options: CallOptions,
    absent: readonly number[] = [404],
  ): Promise<ExactJson | undefined> {
    if (capability !== undefined && this.#capabilities?.isOn(capability) !== true) return undefined;
    const request = { method: 'GET', path, headers: {}, operation, token: capability } as const;
    const answer = await this.#client.read(request, options);
    if (absent.includes(answer.status)) return undefined;
    if (answer.ok) return bodyOf('UPVEST', answer, operation);
    if (answer.status === 403 && capability !== undefined) {
      throw this.#capabilities?.refuse(capability) ?? new CapabilityNotGrantedError(capability);
    }
    const requestId = upvestRequestId(answer) ?? 'unknown';
    throw refusal('UPVEST', answer, new Error(`${operation} answered ${answer.status} (request ${requestId})`));
  }

  /**
   * The rows of one page. Those that can't be read are left out, reported, and in `unreadable`. Throws an
   * UpstreamInvalidAnswerError on what is no list of objects.
   */
  rows<T>(body: ExactJson, { resource, operation, schema }: Omit<ListOf<never, T>, 'path' | 'keyOf'>): Rows<T> {
    const data = member(body, 'data');
    if (!isList(data)) throw invalid(operation, 'data is not a list');
    if (data.length > 0 && !data.some(isObject)) throw invalid(operation, 'data is a list of something else');
    const rows = readRows(resource, data, (row, index) => read(schema, `data.${index}`, row));
    tellDropped(this.#onDropped, resource, rows.unreadable);
    return rows;
  }

  /**
   * All rows of a list, page by page in Upvest's own order (oldest first: rows that are added meanwhile come at the end,
   * so none is skipped). Null where there is no such list.
   */
  async all<T>(path: string, list: Omit<ListOf<never, T>, 'path'>, options: CallOptions): Promise<Rows<T> | null> {
    const found = new Map<string, T>();
    const unreadable: SentRow[] = [];
    const fetch = async (place: string): Promise<Page<OffsetPage<T> | null>> => {
      const page = await this.page(path, list, Number(place), options);
      const next = page?.next ?? null;
      return { page, next: next === null ? null : String(next) };
    };
    for await (const page of everyPage({ system: 'UPVEST', what: list.operation, maxPages: MAX_PAGES }, fetch)) {
      if (page === null) return null;
      const before = found.size + unreadable.length;
      for (const row of page.rows) found.set(list.keyOf(row), row);
      unreadable.push(...page.unreadable);
      // Nothing new on a whole page: the server does not mind the offset, and would never end.
      const isNew = found.size + unreadable.length > before;
      if (page.next !== null && !isNew) throw invalid(list.operation, 'the pages repeat');
    }
    return { rows: [...found.values()], unreadable };
  }

  /** The page at an offset; null where there is no such list. */
  async page<T>(
    path: string,
    list: Omit<ListOf<never, T>, 'path' | 'keyOf'>,
    offset: number,
    options: CallOptions,
  ): Promise<OffsetPage<T> | null> {
    const query = `${path.includes('?') ? '&' : '?'}limit=${PAGE_SIZE}&offset=${offset}`;
    const body = await this.get(path + query, list, options);
    if (body === undefined) return null;
    const rows = this.rows(body, list);
    const data = member(body, 'data');
    const length = isList(data) ? data.length : 0;
    const next = isLastPage(body, offset + length, length) ? null : offset + length;
    return { ...rows, sent: length, next, total: metaNumber(body, 'total_count') ?? null };
  }
}

/** A page of a list that is paged by offset. */
export interface OffsetPage<T> extends Rows<T> {
  /** Rows as they were sent, also those that were left out. */
  readonly sent: number;
  /** Offset of the next page; null on the last. */
  readonly next: number | null;
  /** Rows of all pages, as the list counts them; null where it does not. */
  readonly total: number | null;
}

/**
 * Result of a read that must find something: a 404 for a list means an unknown owner, not an empty list. Throws an
 * UpstreamRefusedReadError.
 */
export function knownOf<T>(found: T | null): T {
  if (found === null) throw new UpstreamRefusedReadError('UPVEST', 404);
  return found;
}

function read<T>(schema: z.ZodType<T>, what: string, value: ExactJson): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(what, issuesOf(parsed.error));
}

/** `meta.total_count` decides; without one, a page that is not full is the last. */
function isLastPage(body: ExactJson, offset: number, length: number): boolean {
  const total = metaNumber(body, 'total_count');
  return length === 0 || (total === undefined ? length < (metaNumber(body, 'limit') ?? PAGE_SIZE) : offset >= total);
}

function metaNumber(body: ExactJson, name: string): number | undefined {
  const text = member(member(body, 'meta'), name);
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const invalid = (operation: string, detail: string): UpstreamInvalidAnswerError =>
  new UpstreamInvalidAnswerError('UPVEST', `${operation}: ${detail}`);
