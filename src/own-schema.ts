import type { GraphQLSchema } from 'graphql';
import type { GatewayOptions } from './gateway-options.ts';
import { buildSchema } from './schema/index.ts';

/** The graph without anything of an embedder's; built once. */
let ownSchema: GraphQLSchema | undefined;

/** The graph of a gateway with these options. */
export function schemaOf({ extend, federation, introspection }: GatewayOptions): GraphQLSchema {
  if (extend === undefined && federation !== true) {
    ownSchema ??= buildSchema({});
    return ownSchema;
  }
  return buildSchema({
    extend,
    federation: federation === true ? { sdlForAll: introspection === true } : undefined,
  });
}
