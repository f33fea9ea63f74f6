import type { ArgBuilder, InterfaceRef, ObjectRef } from '@pothos/core';
import type { Connection, Edge } from '../resolvers/cursors.ts';
import { pageSize } from '../resolvers/cursors.ts';
import type { Builder, SchemaTypes } from './builder.ts';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;
type Ref<T> = ObjectRef<Types, T, T>;

export type PageInfoRef = Ref<Connection<unknown>['pageInfo']>;

export function addPageInfo(builder: Builder): PageInfoRef {
  return builder.objectRef<Connection<unknown>['pageInfo']>('PageInfo').implement({
    description: 'Position of a page in its list. Give endCursor as `after` for the next page.',
    fields: (t) => ({
      hasNextPage: t.exposeBoolean('hasNextPage', {
        nullable: false,
        description: 'True where rows follow this page.',
      }),
      hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
        nullable: false,
        description: 'True where rows precede this page.',
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
    description: `Edge of ${options.what}: a node and its cursor.`,
    fields: (t) => ({
      cursor: t.exposeString('cursor', {
        nullable: false,
        description: 'Cursor of this edge, for `after`.',
      }),
      node: t.field({
        type: options.node,
        nullable: false,
        description: 'Node of this edge.',
        // Pothos asks whether a node is a list, which TypeScript can't decide for a type parameter.
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
        description: 'Edges of this page.',
        // listComplexity has already counted the page size, at the field with `first`.
        complexity: { field: 0, multiplier: 1 },
        resolve: (parent) => parent.edges,
      }),
      pageInfo: t.field({
        type: options.pageInfo,
        nullable: false,
        description: 'Position of this page in the list.',
        resolve: (parent) => parent.pageInfo,
      }),
    }),
  });
}

/** Cost of a list: the number of rows that `first` asks for. 0 and an invalid `first`, which the resolver refuses, count as 1. */
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

/** Arguments of every list. */
export const pageArgs = (arg: ArgBuilder<Types>) => ({
  first: arg.int({
    description: 'Number of rows, from 0 to 100; 20 where it is left out or null. 0 gives pageInfo only.',
  }),
  after: arg.string({
    description:
      'Cursor of this list: the page begins after it. The page begins at the start where it is left out, null or empty.',
  }),
});
