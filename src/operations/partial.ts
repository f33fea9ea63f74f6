import { GraphQLError } from 'graphql';
import type { RequestContext } from '../resolvers/context.ts';

/**
 * All errors of an operation in the order of their places: those of the executor (which tells them as they happen, so
 * differently each time) and those of fields that were answered in part, which are handed out once.
 */
export function allErrors(
  executor: readonly GraphQLError[] | undefined,
  { partial }: Pick<RequestContext, 'partial'>,
): readonly GraphQLError[] {
  const errors = [...(executor ?? []), ...partial.take()].filter((error) => error instanceof GraphQLError);
  return errors.length < 2 ? errors : errors.sort((a, b) => inOrder(a.path ?? [], b.path ?? []));
}

function inOrder(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  const at = a.findIndex((key, index) => key !== b[index]);
  const [one, other] = [a[at], b[at]];
  if (one === undefined || other === undefined) return a.length - b.length;
  return one < other ? -1 : 1;
}
