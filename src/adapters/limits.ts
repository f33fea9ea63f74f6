import { complexityFromQuery } from '@pothos/plugin-complexity';
import { type DocumentNode, type GraphQLError, type GraphQLSchema, Kind, type OperationDefinitionNode } from 'graphql';
import type { DocumentLimits } from './document-limits.ts';
import { DEFAULT_DOCUMENT_LIMITS, tooMuch } from './document-limits.ts';

/** What a query may ask for, whoever asks, over HTTP (GET and POST) and WebSocket alike. */
export interface QueryLimits extends DocumentLimits {
  /** Fields below each other; introspection does not count. Default 15. */
  readonly depth: number;
  /** What a document may cost; see the descriptions of the fields. Default 20,000. */
  readonly complexity: number;
}

export const DEFAULT_LIMITS: QueryLimits = { ...DEFAULT_DOCUMENT_LIMITS, depth: 15, complexity: 20_000 };

/** The error where an operation is deeper or dearer than allowed; undefined where it may be executed. */
export function overLimit(
  limits: Pick<QueryLimits, 'depth' | 'complexity'>,
  query: {
    readonly schema: GraphQLSchema;
    readonly document: DocumentNode;
    readonly operation: OperationDefinitionNode;
    readonly variables: Record<string, unknown>;
    readonly context: object;
  },
): GraphQLError | undefined {
  // Only what will be executed counts: of several operations in a document one is chosen by name.
  const definitions = query.document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [query.operation, ...definitions] };
  const { depth, complexity } = complexityFromQuery(document, {
    schema: query.schema,
    variables: query.variables,
    ctx: query.context,
  });
  if (depth > limits.depth) return tooMuch(`The query is ${depth} fields deep; at most ${limits.depth} are allowed.`);
  if (complexity > limits.complexity) {
    return tooMuch(`The query costs ${complexity}; at most ${limits.complexity} is allowed. Ask for fewer rows.`);
  }
  return undefined;
}
