import { UpstreamRowUnreadableError, type UpstreamSystem } from '../errors.ts';

/** A row of an upstream list that could not be read and was left out. */
export interface UnreadableRow {
  readonly system: UpstreamSystem;
  /** Kind of row. */
  readonly resource: string;
  /** Id of the row, where it can be read. */
  readonly id: string | null;
}

/**
 * A list without its unreadable rows. Shown with an error about those rows; a value that is computed from it is
 * unknown: {@link wholeOf}.
 */
export interface Listing<T> {
  readonly rows: readonly T[];
  readonly unreadable: readonly UnreadableRow[];
}

/** A value that can be shown although rows of its lists are missing. */
export interface Shown<V> {
  readonly value: V;
  readonly unreadable: readonly UnreadableRow[];
}

export function joinListings<T>(listings: readonly Listing<T>[]): Listing<T> {
  const [only, ...others] = listings;
  if (only !== undefined && others.length === 0) return only;
  return {
    rows: listings.flatMap(({ rows }) => rows),
    unreadable: listings.flatMap(({ unreadable }) => unreadable),
  };
}

/** The rows of a complete list. Throws UpstreamRowUnreadableError where rows are missing. */
export function wholeOf<T>({ rows, unreadable }: Listing<T>): readonly T[] {
  const error = unreadableError(unreadable);
  if (error !== undefined) throw error;
  return rows;
}

/** The error about missing rows; undefined where none is missing. */
export function unreadableError(rows: readonly UnreadableRow[]): UpstreamRowUnreadableError | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const ids = rows.flatMap(({ id }) => id ?? []);
  return new UpstreamRowUnreadableError(first.system, { resource: first.resource, rows: rows.length, ids });
}

/** An id of InvestSuite, a UUID of Upvest, an ISIN, or a currency as InvestSuite writes it (`$EUR`). */
const ID =
  /^(?:[A-Z][0-9A-Z]{26}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Z]{2}[A-Z0-9]{9}[0-9]|\$[A-Z]{3})$/;

/** An upstream's text where it has the form of an id: other text may contain data that clients must not see. */
export const idOf = (value: unknown): string | null => (typeof value === 'string' && ID.test(value) ? value : null);

export const shownRows = <T>(listing: Listing<T> | null): Shown<readonly T[] | null> =>
  listing === null ? { value: null, unreadable: [] } : { value: listing.rows, unreadable: listing.unreadable };
