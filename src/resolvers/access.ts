import type { UserId } from '../domain/ids.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import { hasScope, isOperator, type Scope, type Viewer } from '../domain/viewer.ts';
import { ForbiddenError } from '../errors.ts';

/**
 * Who may see what, in one place.
 *
 * Objects of guarded types reach the graph only when they were vouched for in the same request: a resolver checks once,
 * where an object enters, and vouches for it and for what hangs on it. The schema refuses the others (fail closed), so
 * a forgotten check is an error in a test, not a leak.
 */
export class Vouched {
  // Not a weak set: it lives no longer than its request, and there are hundreds of objects in some.
  readonly #objects = new Set<object>();

  has(object: object): boolean {
    return this.#objects.has(object);
  }

  /** Marks what the caller has checked, and gives it back. */
  add<T extends object>(object: T): T {
    this.#objects.add(object);
    return object;
  }

  addAll<T extends object>(objects: readonly T[]): readonly T[] {
    for (const object of objects) this.#objects.add(object);
    return objects;
  }
}

/** A customer's own, alone or with others. */
export function owns(viewer: Viewer, portfolio: Pick<Portfolio, 'ownerId' | 'coOwnerIds'>): boolean {
  if (viewer.userId === null) return false;
  return portfolio.ownerId === viewer.userId || portfolio.coOwnerIds.includes(viewer.userId);
}

/** Operators see all; a customer what they own, with `portfolios:read`. */
export function maySeePortfolio(viewer: Viewer, portfolio: Pick<Portfolio, 'ownerId' | 'coOwnerIds'>): boolean {
  return isOperator(viewer) || (hasScope(viewer, 'portfolios:read') && owns(viewer, portfolio));
}

/** Personal and bank data: oneself only, also where a portfolio is shared. */
export function maySeeUser(viewer: Viewer, userId: UserId): boolean {
  return isOperator(viewer) || (viewer.userId === userId && hasScope(viewer, 'portfolios:read'));
}

/** Throws ForbiddenError where the viewer lacks the scope. */
export function requireScope(viewer: Viewer, scope: Scope): void {
  if (!hasScope(viewer, scope)) throw new ForbiddenError(`This requires the scope ${scope}.`);
}
