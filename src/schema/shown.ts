import { type GraphQLResolveInfo, locatedError } from 'graphql';
import { type Shown, unreadableError } from '../domain/listing.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { type Connection, connection } from '../resolvers/cursors.ts';

type Later<T> = T | Promise<T>;

/**
 * The resolver of a field that is shown although rows may be missing: its value is what could be read, and an error at its
 * path tells of the rest.
 */
export const shown =
  <S, A, V>(resolve: (source: S, args: A, context: RequestContext) => Later<Shown<V>>) =>
  (source: S, args: A, context: RequestContext, info: GraphQLResolveInfo): Later<V> => {
    const value = resolve(source, args, context);
    return value instanceof Promise ? value.then((later) => tell(later, context, info)) : tell(value, context, info);
  };

/**
 * The resolver of a list that must not be null: where it fails it is an empty page, and the error stands at its path. Null
 * propagation would take what the list is in along, the whole portfolio for one bad cursor.
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

function tell<V>({ value, unreadable }: Shown<V>, { partial }: RequestContext, info: GraphQLResolveInfo): V {
  const error = unreadableError(unreadable);
  if (error !== undefined) partial.add(locatedError(error, info.fieldNodes, keysOf(info.path)));
  return value;
}

function keysOf(path: GraphQLResolveInfo['path']): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: GraphQLResolveInfo['path'] | undefined = path; at !== undefined; at = at.prev) keys.push(at.key);
  return keys.reverse();
}
