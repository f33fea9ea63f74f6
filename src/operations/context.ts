import { callerOf } from '../domain/viewer.ts';
import { Vouched } from '../resolvers/access.ts';
import type { RequestContext, Services } from '../resolvers/context.ts';
import { createLoaders } from '../resolvers/loaders.ts';
import { PartialErrors } from '../resolvers/partial-errors.ts';
import { Patience } from '../resolvers/patience.ts';
import type { Exchange } from './operation.ts';

/** A context of one request (or one event of a subscription): its own loaders, its own list of what was vouched for. */
export function createRequestContext(
  services: Services,
  { requestId, viewer, resumeAfter }: Pick<Exchange, 'requestId' | 'viewer' | 'resumeAfter'>,
): RequestContext {
  const caller = callerOf(viewer);
  const patience = new Patience(caller, services.runtime);
  return {
    requestId,
    viewer,
    resumeAfter,
    services,
    vouched: new Vouched(),
    loaders: createLoaders(services, patience),
    lookups: services.lookups.ofRequest(caller, viewer),
    partial: new PartialErrors(),
    patience,
  };
}
