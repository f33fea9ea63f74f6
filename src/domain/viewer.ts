import type { UserId } from './ids.ts';

export const SCOPES = ['portfolios:read', 'cash:withdraw', 'operator'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is asking: made from a token, or by the embedder's own `authenticate`. */
export interface Viewer {
  /** The token's `sub`. */
  readonly subject: string;
  /** The token's `iss`. A caller is issuer and subject together; so is the name space of idempotency keys. */
  readonly issuer: string;
  /** The InvestSuite user that this caller is; null for an operator that is no customer. */
  readonly userId: UserId | null;
  /** `operator` includes the others. */
  readonly scopes: ReadonlySet<Scope>;
  /** When the token ends (seconds since 1970); undefined where it does not. */
  readonly expiresAt?: number | undefined;
}

export const isOperator = (viewer: Viewer): boolean => viewer.scopes.has('operator');

export const hasScope = (viewer: Viewer, scope: Scope): boolean => viewer.scopes.has(scope) || isOperator(viewer);

/** Names that were made, held weakly: a request asks for its caller's several times. */
const callers = new WeakMap<Viewer, string>();

/** One name for a caller, for limits; no two callers have the same, whatever they are called. */
export function callerOf(viewer: Viewer): string {
  const known = callers.get(viewer);
  if (known !== undefined) return known;
  const caller = JSON.stringify([viewer.issuer, viewer.subject]);
  callers.set(viewer, caller);
  return caller;
}

/** The viewer outside production without authentication settings: may do everything. */
export const LOCAL_OPERATOR: Viewer = {
  subject: 'local-operator',
  issuer: 'invest-gateway',
  userId: null,
  scopes: new Set<Scope>(['operator']),
};
