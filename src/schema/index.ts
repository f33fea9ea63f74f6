import type { GraphQLSchema } from 'graphql';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { User } from '../domain/user.ts';
import { type Builder, createBuilder } from './builder.ts';
import { addPageInfo } from './connections.ts';
import { addEnums } from './enums.ts';
import type { SchemaParts } from './parts.ts';
import { addPortfolio } from './portfolio.ts';
import { addQuery } from './query.ts';
import { addScalars } from './scalars.ts';
import { addUser } from './user.ts';

/** The gateway's graph. `extend` may add an embedder's own types and fields before the schema is made. */
export function buildSchema(extend?: (builder: Builder) => void): GraphQLSchema {
  const builder = createBuilder();
  addScalars(builder);
  const parts: SchemaParts = {
    builder,
    enums: addEnums(builder),
    pageInfo: addPageInfo(builder),
    node: builder.interfaceRef<{ readonly id: string }>('Node').implement({
      description: 'Anything with an id that `node` can find.',
      fields: (t) => ({ id: t.exposeID('id', { nullable: false, description: 'Unique over all types.' }) }),
    }),
    refs: {
      portfolio: builder.objectRef<Portfolio>('Portfolio'),
      transaction: builder.objectRef<Transaction>('Transaction'),
      user: builder.objectRef<User>('User'),
    },
  };
  addUser(parts);
  addPortfolio(parts);
  addQuery(parts);
  extend?.(builder);
  return builder.toSchema();
}
