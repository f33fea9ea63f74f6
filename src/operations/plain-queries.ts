import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import type { ValidDocuments } from './document-cache.ts';
import { type Answer, executePlan } from './execute-plan.ts';
import { measure, type QueryLimits } from './limits.ts';
import { choosingVariables, type OperationPlan, planQuery } from './plan.ts';
import { type TrustedDocuments, trustedText } from './trusted-documents.ts';

/** A query that may be executed at once: nothing is wrong with it. */
export interface PlainQuery {
  readonly plan: OperationPlan;
  /** See `docs/security.md`. */
  readonly cost: number;
  /** Coerced. */
  readonly variables: Record<string, unknown>;
  readonly document: DocumentNode;
}

export interface PlainQueriesOptions {
  readonly schema: GraphQLSchema;
  /** Those that were found valid before, under the limits and rules of this gateway. */
  readonly documents: ValidDocuments;
  readonly limits: QueryLimits;
  readonly trustedDocuments: TrustedDocuments | undefined;
  /** True where an embedder has fields that we do not know. */
  readonly ownFields: boolean;
  /** `direct`: by the library's executor, for the bench. */
  readonly execution: 'library' | 'documents' | 'direct' | 'planned';
}

/** What is known of one operation of a document. */
interface Known {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Variables that decide which fields are answered. */
  readonly choosing: readonly string[];
  /** By what those variables say. */
  readonly plans: Map<string, OperationPlan | undefined>;
  /** Where the operation has no variables: then it costs the same each time, and was allowed once. */
  always?: PlainQuery;
}

/** Choices of one operation that are planned; a document with more has the others executed without a plan. */
const MAX_CHOICES = 8;

/**
 * Queries that were seen before, planned once and executed without the server library. Whatever is not plainly in order
 * is not found here: the library then says what is wrong with it. Plans last as long as their documents are remembered,
 * and hold nothing of any request.
 */
export class PlainQueries {
  readonly #options: PlainQueriesOptions;
  readonly #known = new WeakMap<DocumentNode, Map<string | null, Known | undefined>>();

  constructor(options: PlainQueriesOptions) {
    this.#options = options;
  }

  /** The query that a request's body asks for; undefined where the server library has to look at it. */
  find(body: unknown, context: object): PlainQuery | undefined {
    const request = readRequest(body);
    if (request === undefined) return undefined;
    const { trustedDocuments, documents, schema, limits } = this.#options;
    const text = trustedDocuments === undefined ? request.query : trustedText(trustedDocuments, request);
    const document = text === undefined ? undefined : documents.get(text);
    const known = document && this.#operation(document, request.operationName ?? null);
    if (known === undefined) return undefined;
    if (known.always !== undefined) return known.always;
    const given = request.variables ?? {};
    const { coerced } = getVariableValues(schema, known.operation.variableDefinitions ?? [], given, { maxErrors: 1 });
    if (coerced === undefined) return undefined;
    // With the variables of this request: what a query costs is a matter of how many rows are asked for.
    const { cost, error } = measure(limits, { ...known, schema, variables: given, context });
    const plan = error === undefined ? this.#plan(known, coerced) : undefined;
    if (plan === undefined) return undefined;
    const query = {
      plan,
      cost,
      variables: this.#options.execution === 'direct' ? given : coerced,
      document: known.document,
    };
    // What an embedder's fields cost may depend on who asks.
    if (known.operation.variableDefinitions?.length === 0 && !this.#options.ownFields) known.always = query;
    return query;
  }

  execute({ plan, variables, document }: PlainQuery, context: object): Answer | Promise<Answer> {
    if (this.#options.execution === 'direct') {
      const operationName = plan.operation.name?.value ?? null;
      const executed = execute({
        schema: plan.schema,
        document,
        operationName,
        variableValues: variables,
        contextValue: context,
      });
      const told = ({ data, errors = [] }: ExecutionResult): Answer => ({ data: JSON.stringify(data), errors });
      return executed instanceof Promise ? executed.then(told) : told(executed);
    }
    return executePlan(plan, context, variables);
  }

  #operation(document: DocumentNode, name: string | null): Known | undefined {
    const operations = this.#known.get(document) ?? new Map<string | null, Known | undefined>();
    const known = operations.get(name);
    if (known !== undefined) return known;
    const operation = getOperationAST(document, name);
    if (operation?.operation !== 'query') return undefined;
    const found: Known = { document, operation, choosing: choosingVariables(document), plans: new Map() };
    operations.set(name, found);
    this.#known.set(document, operations);
    return found;
  }

  #plan(
    { document, operation, choosing, plans }: Known,
    variables: Record<string, unknown>,
  ): OperationPlan | undefined {
    const choice = choosing.map((name) => String(variables[name])).join();
    const planned = plans.get(choice);
    if (planned !== undefined || plans.has(choice) || plans.size >= MAX_CHOICES) return planned;
    const plan = planQuery({
      schema: this.#options.schema,
      document,
      operation,
      variables,
      keepsTexts: !this.#options.ownFields,
    });
    plans.set(choice, plan);
    return plan;
  }
}

/** The members of a request that GraphQL over HTTP knows, and how persisted documents are named. */
export interface PlainRequest {
  readonly query?: string | undefined;
  readonly documentId?: string | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;

/** Undefined where a member is missing that is needed, is of another type than it should be, or is not known. */
function readRequest(body: unknown): PlainRequest | undefined {
  if (!isObject(body)) return undefined;
  const { query, documentId, operationName, variables, extensions, ...others } = body;
  for (const _other in others) return undefined;
  if (query !== undefined && typeof query !== 'string') return undefined;
  if (documentId !== undefined && typeof documentId !== 'string') return undefined;
  if (!isAbsent(operationName) && typeof operationName !== 'string') return undefined;
  if (!isAbsent(variables) && !isObject(variables)) return undefined;
  if (!isAbsent(extensions) && !isObject(extensions)) return undefined;
  return { query, documentId, operationName, variables, extensions };
}
