import type { ArgBuilder, InterfaceRef, ObjectRef } from '@pothos/core';
import type { Connection, Edge } from '../resolvers/cursors.ts';
import { pageSize } from '../resolvers/cursors.ts';
import type { Builder, SchemaTypes } from './builder.ts';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;
type Ref<T> = ObjectRef<Types, T, T>;

export type PageInfoRef = Ref<Connection<unknown>['pageInfo']>;

export function addPageInfo(builder: Builder): PageInfoRef {
  return builder.objectRef<Connection<unknown>['pageInfo']>('PageInfo').implement({
    description: 'Where a page of a list stands. Give endCursor as `after` for the next one.',
    fields: (t) => ({
      hasNextPage: t.exposeBoolean('hasNextPage', { nullable: false, description: 'There is more behind this page.' }),
      hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
        nullable: false,
        description: 'There is something before this page.',
      }),
      startCursor: t.exposeString('startCursor', { description: 'Cursor of the first edge; null for an empty page.' }),
      endCursor: t.exposeString('endCursor', { description: 'Cursor of the last edge; null for an empty page.' }),
    }),
  });
}

/** The `…Connection` and `…Edge` types of a list. */
export function connectionType<T>(
  builder: Builder,
  options: {
    readonly name: string;
    readonly what: string;
    readonly node: Ref<T> | InterfaceRef<Types, T>;
    readonly pageInfo: PageInfoRef;
  },
): Ref<Connection<T>> {
  const edge = builder.objectRef<Edge<T>>(`${options.name}Edge`).implement({
    description: `One of a list of ${options.what}, with its place.`,
    fields: (t) => ({
      cursor: t.exposeString('cursor', {
        nullable: false,
        description: 'Place in the list: give it as `after` to go on behind it.',
      }),
      node: t.field({
        type: options.node,
        nullable: false,
        description: 'The object itself.', // Pothos asks whether a node is a list, which TypeScript can't decide for a type parameter.
        resolve: (parent) => parent.node as never,
      }),
    }),
  });
  return builder.objectRef<Connection<T>>(`${options.name}Connection`).implement({
    description: `A page of ${options.what}.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        nullable: { list: false, items: false },
        description: 'The rows of this page.',
        // The page's size is counted once, at the field that has `first`.
        complexity: { field: 0, multiplier: 1 },
        resolve: (parent) => parent.edges,
      }),
      pageInfo: t.field({
        type: options.pageInfo,
        nullable: false,
        description: 'Where this page stands in the list.',
        resolve: (parent) => parent.pageInfo,
      }),
    }),
  });
}

/** What a list costs: its rows, as many as are asked for. 0 and a bad `first`, which the resolver refuses, count as one. */
export const listComplexity = (args: {
  readonly first?: number | null | undefined;
}): { field: number; multiplier: number } => ({
  field: 1,
  multiplier: safePageSize(args.first),
});

function safePageSize(first: number | null | undefined): number {
  try {
    return Math.max(1, pageSize(first));
  } catch {
    return 1;
  }
}

/** The two arguments that every list has. */
export const pageArgs = (arg: ArgBuilder<Types>) => ({
  first: arg.int({
    description: 'How many rows, from 0 to 100; 20 where it is left out or null. 0: no rows, only pageInfo.',
  }),
  after: arg.string({
    description: 'A cursor of this list: rows behind it. From the start where it is left out, null or empty.',
  }),
});
