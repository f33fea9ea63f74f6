import type { GraphQLError } from 'graphql';
import type { Logger } from '../telemetry/logger.ts';
import { isInternal } from './masking.ts';

/** Errors of one request that are logged; a list of thousands may have as many. */
const MOST_LOGGED = 20;

/** Logs masked errors. Faults of ours first, so that none of them is left out. */
export function reportErrors(logger: Logger, requestId: string, errors: readonly GraphQLError[]): void {
  const sorted =
    errors.length <= MOST_LOGGED ? errors : [...errors].sort((a, b) => Number(isInternal(b)) - Number(isInternal(a)));
  for (const error of sorted.slice(0, MOST_LOGGED)) report(logger, requestId, error);
  if (errors.length <= MOST_LOGGED) return;
  logger.warn({ requestId, errors: errors.length, logged: MOST_LOGGED }, 'a request has more errors than are logged');
}

function report(logger: Logger, requestId: string, error: GraphQLError): void {
  const fields = { requestId, code: error.extensions['code'], path: error.path, err: error.originalError };
  if (isInternal(error)) logger.error(fields, 'a request failed on our side');
  // The message may contain client input.
  else if (error.originalError === undefined) logger.debug(fields, 'a request was refused');
  else logger.warn(fields, 'a field could not be answered');
}
