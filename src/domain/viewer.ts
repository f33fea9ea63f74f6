import type { UserId } from './ids.ts';

export const SCOPES = ['portfolios:read', 'cash:withdraw', 'orders:place', 'operator'] as const;
export type Scope = (typeof SCOPES)[number];

/** The caller of a request, from a token or from the embedder's `authenticate`. */
export interface Viewer {
  /** The token's `sub`. */
  readonly subject: string;
  /** The token's `iss`. Issuer and subject together are the caller, the name space of idempotency keys. */
  readonly issuer: string;
  /** The InvestSuite user of the caller; null for an operator who is not a customer. */
  readonly userId: UserId | null;
  /** `operator` includes the others. */
  readonly scopes: ReadonlySet<Scope>;
  /** End of the token in seconds since 1970; undefined where it has none. */
  readonly expiresAt?: number | undefined;
}

export const isOperator = (viewer: Viewer): boolean => viewer.scopes.has('operator');

export const hasScope = (viewer: Viewer, scope: Scope): boolean => viewer.scopes.has(scope) || isOperator(viewer);

/** Differs from the id of the user, because clients keep all objects of a cache under their ids. */
export const viewerId = (viewer: Viewer): string => `vwr_${viewer.userId ?? viewer.subject}`;

/** Memoised names, held weakly. */
const callers = new WeakMap<Viewer, string>();

/** Unambiguous name of a caller, for limits. */
export function callerOf(viewer: Viewer): string {
  const known = callers.get(viewer);
  if (known !== undefined) return known;
  const caller = JSON.stringify([viewer.issuer, viewer.subject]);
  callers.set(viewer, caller);
  return caller;
}

/** The viewer without authentication settings, outside production: an operator. */
export const LOCAL_OPERATOR: Viewer = {
  subject: 'local-operator',
  issuer: 'invest-gateway',
  userId: null,
  scopes: new Set<Scope>(['operator']),
};
