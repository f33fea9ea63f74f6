import { GraphQLError } from 'graphql';
import type { RequestContext } from '../resolvers/context.ts';

/** The errors of fields that were answered in part, in the order of their paths. Each is handed out once. */
export function takePartial({ partial }: Pick<RequestContext, 'partial'>): readonly GraphQLError[] {
  const errors = partial.take();
  if (errors.length === 0) return [];
  const place = ({ path }: GraphQLError): string => JSON.stringify(path ?? []);
  return errors
    .filter((error) => error instanceof GraphQLError)
    .sort((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
}
