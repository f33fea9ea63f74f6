import { UpstreamRowUnreadableError, type UpstreamSystem } from '../errors.ts';

/** A row of an upstream's list that could not be read and was left out. */
export interface UnreadableRow {
  readonly system: UpstreamSystem;
  /** What the list is of. */
  readonly resource: string;
  /** Of the row, where that much can be read. */
  readonly id: string | null;
}

/**
 * A list as far as it could be read. To be shown with an error about the rows that are missing; what is computed from it
 * is not known: {@link wholeOf}.
 */
export interface Listing<T> {
  readonly rows: readonly T[];
  readonly unreadable: readonly UnreadableRow[];
}

/** Something that can be shown although rows of the lists it is made of are missing. */
export interface Shown<V> {
  readonly value: V;
  readonly unreadable: readonly UnreadableRow[];
}

/** Several lists as one. */
export function joinListings<T>(listings: readonly Listing<T>[]): Listing<T> {
  const [only, ...others] = listings;
  if (only !== undefined && others.length === 0) return only;
  return {
    rows: listings.flatMap(({ rows }) => rows),
    unreadable: listings.flatMap(({ unreadable }) => unreadable),
  };
}

/** The rows of a list of which none is missing. Throws an UpstreamRowUnreadableError where one is. */
export function wholeOf<T>({ rows, unreadable }: Listing<T>): readonly T[] {
  const error = unreadableError(unreadable);
  if (error !== undefined) throw error;
  return rows;
}

/** The error that says that rows are missing; undefined where none is. */
export function unreadableError(rows: readonly UnreadableRow[]): UpstreamRowUnreadableError | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const ids = rows.flatMap(({ id }) => id ?? []);
  return new UpstreamRowUnreadableError(first.system, { resource: first.resource, rows: rows.length, ids });
}

/** An id of InvestSuite, a UUID of Upvest, an ISIN, or a currency as InvestSuite writes it (`$EUR`). */
const ID =
  /^(?:[A-Z][0-9A-Z]{26}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Z]{2}[A-Z0-9]{9}[0-9]|\$[A-Z]{3})$/;

/** An upstream's text where it has the form of an id: any other text may hold what clients must not see. */
export const idOf = (value: unknown): string | null => (typeof value === 'string' && ID.test(value) ? value : null);

/** A list to be shown; null where there is none. */
export const shownRows = <T>(listing: Listing<T> | null): Shown<readonly T[] | null> =>
  listing === null ? { value: null, unreadable: [] } : { value: listing.rows, unreadable: listing.unreadable };
