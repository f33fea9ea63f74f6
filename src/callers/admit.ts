import { callerOf, type Viewer } from '../domain/viewer.ts';
import type { Lookups } from '../resolvers/lookups.ts';
import type { Authenticate } from './authenticate.ts';
import type { CallerLimit } from './rate-limit.ts';

export interface AdmitOptions {
  readonly authenticate: Authenticate;
  /** Undefined: callers may ask as often as they like. */
  readonly rateLimit: CallerLimit | undefined;
  readonly lookups: Pick<Lookups, 'admit'>;
}

/** Authenticates and counts a request. Rejects where the caller is unknown or over its rate limit. */
export async function admit(options: AdmitOptions, request: { readonly headers: Headers }): Promise<Viewer> {
  const viewer = await options.authenticate(request);
  const counted = countRequest(options, viewer);
  if (counted !== undefined) await counted;
  return viewer;
}

/** Counts one request of a viewer. RateLimitedError or OverloadedError where it is one too many, thrown or as a rejection. */
export function countRequest(
  { rateLimit, lookups }: Omit<AdmitOptions, 'authenticate'>,
  viewer: Viewer,
): void | Promise<void> {
  const caller = callerOf(viewer);
  const counted = rateLimit?.take(caller);
  if (counted === undefined) return lookups.admit(caller, viewer);
  return counted.then(() => lookups.admit(caller, viewer));
}
