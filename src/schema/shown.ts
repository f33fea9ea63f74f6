import { type GraphQLResolveInfo, locatedError } from 'graphql';
import { type Shown, unreadableError } from '../domain/listing.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { type Connection, connection } from '../resolvers/cursors.ts';

type Eventual<T> = T | Promise<T>;

/**
 * Resolver of a field that may lack rows: its value has the rows that could be read, and an error at the field's path
 * reports the others (UPSTREAM_ROW_UNREADABLE).
 */
export const shown =
  <S, A, V>(resolve: (source: S, args: A, context: RequestContext) => Eventual<Shown<V>>) =>
  (source: S, args: A, context: RequestContext, info: GraphQLResolveInfo): Eventual<V> => {
    const value = resolve(source, args, context);
    return value instanceof Promise
      ? value.then((settled) => reportUnreadable(settled, context, info))
      : reportUnreadable(value, context, info);
  };

/**
 * Resolver of a list that is not nullable: where it fails, the list is an empty page and the error is at its path. Null
 * propagation would remove the whole portfolio because of one bad cursor.
 */
export const pageOrError =
  <S, A, T>(resolve: (source: S, args: A, context: RequestContext) => Promise<Connection<T>>) =>
  async (source: S, args: A, context: RequestContext, info: GraphQLResolveInfo): Promise<Connection<T>> => {
    try {
      return await resolve(source, args, context);
    } catch (error) {
      context.partial.add(locatedError(error, info.fieldNodes, keysOf(info.path)));
      return connection<T>([], { before: false, after: false });
    }
  };

function reportUnreadable<V>(
  { value, unreadable }: Shown<V>,
  { partial }: RequestContext,
  info: GraphQLResolveInfo,
): V {
  const error = unreadableError(unreadable);
  if (error !== undefined) partial.add(locatedError(error, info.fieldNodes, keysOf(info.path)));
  return value;
}

function keysOf(path: GraphQLResolveInfo['path']): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: GraphQLResolveInfo['path'] | undefined = path; at !== undefined; at = at.prev) keys.push(at.key);
  return keys.reverse();
}
