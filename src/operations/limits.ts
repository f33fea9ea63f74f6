import { complexityFromQuery } from '@pothos/plugin-complexity';
import { type DocumentNode, type GraphQLError, type GraphQLSchema, Kind, type OperationDefinitionNode } from 'graphql';
import { callerOf, type Viewer } from '../domain/viewer.ts';
import type { Spending } from '../resolvers/lookups.ts';
import type { DocumentLimits } from './document-limits.ts';
import { DEFAULT_DOCUMENT_LIMITS, tooMuch } from './document-limits.ts';

/** Limits of a query, for every caller, over HTTP (GET and POST) and WebSocket. */
export interface QueryLimits extends DocumentLimits {
  /** Fields below each other; introspection does not count. Default 15. */
  readonly depth: number;
  /** Maximum cost; see the descriptions of the fields. Default 20,000. */
  readonly complexity: number;
}

export const DEFAULT_LIMITS: QueryLimits = { ...DEFAULT_DOCUMENT_LIMITS, depth: 15, complexity: 20_000 };

/** Cost of an operation, and the error where it exceeds a limit. */
export interface Measured {
  readonly cost: number;
  readonly error?: GraphQLError | undefined;
}

/** A request may cost so much; one that costs more counts as several, see {@link requestsBeside}. */
export const COST_OF_A_REQUEST = 1_000;

/** As how many requests more than the one that it is an operation counts. */
const requestsBeside = (cost: number): number => Math.floor(Math.max(0, cost - 1) / COST_OF_A_REQUEST);

/** Takes what an operation costs beyond one request off its caller's bucket. */
export function spendOn(rateLimit: Spending | undefined, viewer: Viewer, cost: number): void {
  const requests = requestsBeside(cost);
  if (requests > 0) rateLimit?.spend(callerOf(viewer), requests);
}

/** Measures cost and depth of an operation. */
export function measure(
  limits: Pick<QueryLimits, 'depth' | 'complexity'>,
  query: {
    readonly schema: GraphQLSchema;
    readonly document: DocumentNode;
    readonly operation: OperationDefinitionNode;
    readonly variables: Readonly<Record<string, unknown>>;
    readonly context: object;
  },
): Measured {
  // Only what will be executed counts: of several operations in a document one is chosen by name.
  const definitions = query.document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [query.operation, ...definitions] };
  const { depth, complexity: cost } = complexityFromQuery(document, {
    schema: query.schema,
    variables: query.variables,
    ctx: query.context,
  });
  if (depth > limits.depth) {
    return { cost, error: tooMuch(`The query is ${depth} fields deep; at most ${limits.depth} are allowed.`) };
  }
  if (cost > limits.complexity) {
    const message = `The query costs ${cost}; at most ${limits.complexity} is allowed. Ask for fewer rows.`;
    return { cost, error: tooMuch(message) };
  }
  return { cost };
}
