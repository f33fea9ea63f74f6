import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';
import { isOperator } from '../domain/viewer.ts';
import { ForbiddenError } from '../errors.ts';
import { ENTITY_TYPES, entitiesOf, MAX_ENTITIES, parseRepresentation } from '../resolvers/entities.ts';
import type { SchemaParts } from './parts.ts';

export interface FederationOptions {
  /** False: only operators can read the subgraph's schema, as when introspection is off. */
  readonly sdlForAll: boolean;
}

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';
/** Types and fields for routers, which are not in the printed SDL. */
const MACHINERY = new Set(['_Any', '_Entity', '_Service', '_entities', '_service']);
/** Value types that other subgraphs define in the same way. */
const SHAREABLE = new Set(['PageInfo']);

/** Makes the graph a subgraph of Apollo Federation 2; its entities are the objects with an id. */
export function addFederation({ builder, refs }: SchemaParts, { sdlForAll }: FederationOptions): void {
  const any = builder.scalarType('_Any', {
    description: 'A reference of another subgraph to an object of this graph: __typename and id.',
    serialize: (value) => value,
    parseValue: parseRepresentation,
  });
  const service = builder.objectRef<{ readonly sdl: string }>('_Service').implement({
    description: 'Schema of this subgraph, for routers.',
    fields: (t) => ({
      sdl: t.exposeString('sdl', { nullable: false, description: 'The schema of this subgraph in SDL.' }),
    }),
  });
  const entity = builder.unionType('_Entity', {
    description: 'A type that other subgraphs may refer to.',
    types: [
      refs.portfolio,
      refs.transaction,
      refs.user,
      refs.deposit,
      refs.withdrawal,
      refs.virtualCash,
      refs.instrument,
      refs.order,
      refs.rebalancing,
    ],
  });
  builder.queryFields((t) => ({
    _service: t.field({
      type: service,
      nullable: false,
      description:
        'The schema of this subgraph, for routers. Error: FORBIDDEN where only operators may read the schema.',
      resolve: (_root, _args, { viewer }, { schema }) => {
        if (!sdlForAll && !isOperator(viewer)) throw new ForbiddenError('Only operators may read the schema.');
        return { sdl: subgraphSdl(schema) };
      },
    }),
    _entities: t.field({
      type: [entity],
      nullable: { list: false, items: true },
      description:
        'The objects that other subgraphs refer to, in the same order, for routers; null for one that the viewer must not see.',
      args: {
        representations: t.arg({
          type: [any],
          required: true,
          description: `The references, at most ${MAX_ENTITIES}.`,
        }),
      },
      complexity: (args) => ({ field: 1, multiplier: Math.min(args.representations.length, MAX_ENTITIES + 1) }),
      resolve: (_root, { representations }, context) => entitiesOf(context, representations),
    }),
  }));
}

/** The schema in SDL with the federation directives. Memoised for each schema. */
export function subgraphSdl(schema: GraphQLSchema): string {
  const known = printed.get(schema);
  if (known !== undefined) return known;
  const sdl = `${LINK}\n\n${print(withDirectives(parse(printSchema(schema))))}\n`;
  printed.set(schema, sdl);
  return sdl;
}

const printed = new WeakMap<GraphQLSchema, string>();

function withDirectives(document: DocumentNode): DocumentNode {
  const drop = (node: { readonly name: { readonly value: string } }) =>
    MACHINERY.has(node.name.value) ? null : undefined;
  return visit(document, {
    ScalarTypeDefinition: drop,
    UnionTypeDefinition: drop,
    FieldDefinition: drop,
    ObjectTypeDefinition: { enter: drop, leave: withDirective },
  });
}

function withDirective(node: ObjectTypeDefinitionNode): ObjectTypeDefinitionNode | undefined {
  const name = node.name.value;
  if (ENTITY_TYPES.has(name)) return { ...node, directives: [directive('key', 'id')] };
  return SHAREABLE.has(name) ? { ...node, directives: [directive('shareable')] } : undefined;
}

const directive = (name: string, fields?: string): ConstDirectiveNode => ({
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: name },
  arguments:
    fields === undefined
      ? []
      : [
          {
            kind: Kind.ARGUMENT,
            name: { kind: Kind.NAME, value: 'fields' },
            value: { kind: Kind.STRING, value: fields },
          },
        ],
});
