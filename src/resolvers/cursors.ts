import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { BadUserInputError } from '../errors.ts';

export const MAX_PAGE = 100;
const DEFAULT_PAGE = 20;
const MAX_CURSOR_LENGTH = 4_096;
const TAG_BYTES = 12;

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** Page size, 0 to 100; 20 where it was left out. Throws BadUserInputError. */
export function pageSize(first: number | null | undefined): number {
  if (first === null || first === undefined) return DEFAULT_PAGE;
  if (first < 0 || first > MAX_PAGE) throw new BadUserInputError(`first must be from 0 to ${MAX_PAGE}; got ${first}.`);
  return first;
}

/** The cursor to start after; null for the start of the list, which clients also write as an empty text. */
export const cursorOf = (after: string | null | undefined): string | null =>
  after === undefined || after === '' ? null : after;

/**
 * Signs cursors, since their content goes into upstream queries. A cursor is valid for its list (`list` names it with
 * filter and viewer) and at every gateway with the same secret.
 */
export class CursorCodec {
  readonly #key: Buffer;

  /** @param secret any text that all gateways of one deployment share. */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'invest-gateway cursors', 32));
  }

  encode(list: string, place: unknown): string {
    const payload = Buffer.from(JSON.stringify(place), 'utf8');
    return Buffer.concat([this.#tag(list, payload), payload]).toString('base64url');
  }

  /** The value given to {@link encode}. Throws BadUserInputError for anything but a cursor of this list. */
  decode(list: string, cursor: string): unknown {
    const bytes = cursor.length <= MAX_CURSOR_LENGTH ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0);
    const payload = bytes.subarray(TAG_BYTES);
    if (payload.length > 0 && timingSafeEqual(bytes.subarray(0, TAG_BYTES), this.#tag(list, payload))) {
      return JSON.parse(payload.toString('utf8'));
    }
    throw new BadUserInputError('after is not a cursor of this list.');
  }

  #tag(list: string, payload: Buffer): Buffer {
    const mac = createHmac('sha256', this.#key).update(list).update('\0').update(payload).digest();
    return mac.subarray(0, TAG_BYTES);
  }
}

export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

/**
 * An edge that makes its cursor when it is selected: most queries do not select it, and it costs as much as the row.
 */
export class LazyEdge<T> implements Edge<T> {
  readonly node: T;
  readonly #cursor: () => string;

  constructor(node: T, cursor: () => string) {
    this.node = node;
    this.#cursor = cursor;
  }

  get cursor(): string {
    return this.#cursor();
  }
}

export interface Connection<T> {
  readonly edges: readonly Edge<T>[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** @param more `end`: cursor of the next page, where it differs from that of the last edge. */
export function connection<T>(
  edges: readonly Edge<T>[],
  more: { before: boolean; after: boolean; end?: string | undefined },
): Connection<T> {
  return {
    edges,
    pageInfo: {
      hasNextPage: more.after,
      hasPreviousPage: more.before,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return more.end ?? edges.at(-1)?.cursor ?? null;
      },
    },
  };
}

/** The page of `first: 0`: no rows; pageInfo from a page of one row. */
export const emptyPage = <T>({ edges, pageInfo }: Connection<T>): Connection<T> =>
  connection([], { before: pageInfo.hasPreviousPage, after: edges.length > 0 || pageInfo.hasNextPage });

/** Keyset paging of a list in memory: by a stable sort key of each row. */
export interface KeysetPaging<T> {
  readonly codec: CursorCodec;
  /** Names the list with everything that selects its rows. */
  readonly list: string;
  /** The sort key as texts, for {@link compareToKey}. */
  readonly keyOf: (row: T) => readonly string[];
  /** Negative where the row sorts before the key, zero at it, positive after it. */
  readonly compareToKey: (row: T, key: readonly string[]) => number;
}

/** A page of sorted rows. Inserted and deleted rows shift nothing: the cursor is a sort key, not an index. */
export function keysetPage<T>(rows: readonly T[], page: PageArguments, paging: KeysetPaging<T>): Connection<T> {
  const size = pageSize(page.first);
  const start = firstBehind(rows, page.after, paging);
  const shown = rows.slice(start, start + size);
  const edges = shown.map((node) => new LazyEdge(node, () => paging.codec.encode(paging.list, paging.keyOf(node))));
  return connection(edges, { before: start > 0, after: start + size < rows.length });
}

function firstBehind<T>(rows: readonly T[], after: string | null | undefined, paging: KeysetPaging<T>): number {
  const cursor = cursorOf(after);
  if (cursor === null) return 0;
  const key = paging.codec.decode(paging.list, cursor);
  if (!isTextList(key)) throw new BadUserInputError('after is not a cursor of this list.');
  const found = rows.findIndex((row) => paging.compareToKey(row, key) > 0);
  return found === -1 ? rows.length : found;
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((part) => typeof part === 'string');
