import type { GraphQLError } from 'graphql';
import { withExtensions } from '../operations/masking.ts';
import type { Result } from '../operations/operation.ts';

/** HTTP status of a result, where Yoga looks for it: in the extensions of an error, which clients do not see. */
export interface HttpExtension {
  readonly status: number;
  /** True: a client that takes application/json, or a stream of events, is answered 200, as GraphQL over HTTP has it. */
  readonly spec?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Undefined where nothing but the errors themselves decides: 200, or 500 where nothing was executed for a fault of ours. */
export function httpOf({ refusal, errors }: Result): HttpExtension | undefined {
  switch (refusal) {
    case 'request':
      return { status: 400 };
    case 'document':
      return { status: 400, spec: true };
    case 'persisted':
      // As Apollo Server answers it.
      return { status: 200 };
    case 'mutation':
      return { status: 405, headers: { allow: 'POST' } };
    case 'subscription':
      return ofSubscription(errors);
    case 'variables':
    case undefined:
      return errors.some(isUnauthenticated) ? { status: 401 } : undefined;
    default:
      return refusal satisfies never;
  }
}

const isUnauthenticated = ({ extensions }: GraphQLError): boolean => extensions['code'] === 'UNAUTHENTICATED';

function ofSubscription(errors: readonly GraphQLError[]): HttpExtension | undefined {
  if (errors.some(isUnauthenticated)) return { status: 401 };
  const later = errors.find(({ extensions }) => extensions['retryable'] === true);
  if (later !== undefined) {
    return { status: 503, headers: { 'retry-after': String(later.extensions['retryAfterSeconds'] ?? 1) } };
  }
  return errors.some(isFault) ? undefined : { status: 400, spec: true };
}

export const isFault = ({ extensions }: GraphQLError): boolean => extensions['code'] === 'INTERNAL_SERVER_ERROR';

/** Errors of a result; the first one has the HTTP status. */
export function withHttp(result: Result): readonly GraphQLError[] {
  const http = httpOf(result);
  const [first, ...others] = result.errors;
  if (first === undefined || http === undefined) return result.errors;
  return [withExtensions(first, { ...first.extensions, http }), ...others];
}
