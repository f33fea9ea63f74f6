import type { UserId } from '../domain/ids.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import { hasScope, isOperator, type Scope, type Viewer } from '../domain/viewer.ts';
import { ForbiddenError } from '../errors.ts';

/**
 * Authorization of reads.
 *
 * Objects of guarded types reach the graph only when they were vouched for in the same request: a resolver checks an
 * object once, where it enters the request, and vouches for it and for its parts. The schema refuses all others (fail
 * closed), so a missing check fails a test and leaks nothing.
 */
export class Vouched {
  // Not a WeakSet: it lives as long as its request and may have hundreds of objects.
  readonly #objects = new Set<object>();

  has(object: object): boolean {
    return this.#objects.has(object);
  }

  /** Vouches for an object that the caller has checked, and returns it. */
  add<T extends object>(object: T): T {
    this.#objects.add(object);
    return object;
  }

  addAll<T extends object>(objects: readonly T[]): readonly T[] {
    for (const object of objects) this.#objects.add(object);
    return objects;
  }
}

/** Whether the viewer is an owner of the portfolio. */
export function owns(viewer: Viewer, portfolio: Pick<Portfolio, 'ownerId' | 'coOwnerIds'>): boolean {
  if (viewer.userId === null) return false;
  return portfolio.ownerId === viewer.userId || portfolio.coOwnerIds.includes(viewer.userId);
}

/** Operators see all portfolios; customers their own, with `portfolios:read`. */
export function maySeePortfolio(viewer: Viewer, portfolio: Pick<Portfolio, 'ownerId' | 'coOwnerIds'>): boolean {
  return isOperator(viewer) || (hasScope(viewer, 'portfolios:read') && owns(viewer, portfolio));
}

/** Personal and bank data: only the viewer's own, also for a shared portfolio. */
export function maySeeUser(viewer: Viewer, userId: UserId): boolean {
  return isOperator(viewer) || (viewer.userId === userId && hasScope(viewer, 'portfolios:read'));
}

/** Throws ForbiddenError where the viewer lacks the scope. */
export function requireScope(viewer: Viewer, scope: Scope): void {
  if (!hasScope(viewer, scope)) throw new ForbiddenError(`This requires the scope ${scope}.`);
}

/** A value for operators; null for other callers. */
export const forOperators = <T>({ viewer }: { readonly viewer: Viewer }, value: T | null | undefined): T | null =>
  isOperator(viewer) ? (value ?? null) : null;
