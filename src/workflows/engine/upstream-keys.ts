import { createHash } from 'node:crypto';
import { v5 } from 'uuid';
import { type CallerKey, canonicalJson } from '../../store/index.ts';

/**
 * A request as its caller names it. The row's id, the keys of its upstream writes and the `external_id` of what it books
 * are derived from these three and from nothing else: a database that was set back to an older copy and the same
 * request, sent again, give the same ones. docs/deposits.md, "Keys".
 */
export interface RequestName {
  readonly caller: CallerKey | 'gateway';
  readonly mutation: string;
  readonly idempotencyKey: string;
}

/** Never changed: a process rebuilt from other code must derive the same keys. */
const NAMESPACE = '2f6c4a52-7d0b-4d3e-9b57-1a4f0e8c9d21';

const nameOf = ({ caller, mutation, idempotencyKey }: RequestName): string =>
  canonicalJson([caller, mutation, idempotencyKey]);

/** The key of a row that the keys of all its writes are made from: a UUID of version 5. */
export const upstreamKeyOf = (request: RequestName): string => v5(nameOf(request), NAMESPACE);

/**
 * The key under which a step of a row is sent, now and at every repetition: a UUID of version 5. Made from the row's
 * column, so that rows from before 2026-12, whose key was derived from a random id, keep theirs.
 */
export const stepKey = (row: { readonly upstream_key: string }, step: string): string => v5(step, row.upstream_key);

/** Crockford's alphabet, as in a ULID. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 26 letters of 5 bits: as long as a ULID and longer than the UUID of a key. */
const ID_LENGTH = 26;

/**
 * The id of a request's row: its prefix and 26 letters of a SHA-256. It does not reveal the upstream keys, and
 * authorization is always checked: that an id can be computed gives no access.
 */
export function rowIdOf(prefix: string, request: RequestName): string {
  const hash = createHash('sha256')
    .update(`row ${nameOf(request)}`)
    .digest();
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const letterAt = (index: number): string => LETTERS.charAt(Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2));
  return prefix + Array.from({ length: ID_LENGTH }, (_, index) => letterAt(index)).join('');
}
