import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
  type OperationTypeNode,
} from 'graphql';
import type { Turn } from '../domain/turn.ts';
import { type Measured, measure, type QueryLimits } from './limits.ts';
import { moreThanOneMutation } from './one-mutation.ts';
import { choosingVariables, type OperationPlan, planOperation } from './plan.ts';

export interface KnownOperationOptions {
  readonly schema: GraphQLSchema;
  readonly limits: QueryLimits;
  /** True where an embedder adds fields. */
  readonly ownFields: boolean;
  readonly turn: Turn;
}

/** Choices of `@skip` and `@include` of one operation whose plans are kept. */
const MAX_CHOICES = 8;
/** Fields of a plan that is kept. Fragments in fragments can make that many more than are written. */
const MAX_KEPT_FIELDS = 2_000;
/** Maximum errors that are reported for the variables of one request. */
const MAX_VARIABLE_ERRORS = 50;

/**
 * An operation of a valid document, and what needs to be found out of it only once. It lasts as long as its document is
 * remembered, and holds nothing of any request.
 */
export class KnownOperation {
  readonly document: DocumentNode;
  readonly type: OperationTypeNode;
  readonly name: string | undefined;
  /** Where it has more than one mutation. */
  readonly error: GraphQLError | undefined;
  readonly #definition: OperationDefinitionNode;
  readonly #options: KnownOperationOptions;
  /** Variables that decide which fields are answered. */
  readonly #choosing: readonly string[];
  /** By the values of variables in @skip and @include. */
  readonly #plans = new Map<string, OperationPlan>();
  readonly #hasVariables: boolean;
  #alwaysCosts: Measured | undefined;

  constructor(document: DocumentNode, definition: OperationDefinitionNode, options: KnownOperationOptions) {
    this.document = document;
    this.type = definition.operation;
    this.name = definition.name?.value;
    this.#definition = definition;
    this.#options = options;
    this.#choosing = choosingVariables(document);
    this.#hasVariables = (definition.variableDefinitions ?? []).length > 0;
    const mutations = new Set(Object.keys(options.schema.getMutationType()?.getFields() ?? {}));
    this.error = moreThanOneMutation(document, definition, mutations);
  }

  coerce(given: Readonly<Record<string, unknown>>): ReturnType<typeof getVariableValues> {
    if (!this.#hasVariables) return { coerced: {} };
    const { schema } = this.#options;
    return getVariableValues(schema, this.#definition.variableDefinitions ?? [], given, {
      maxErrors: MAX_VARIABLE_ERRORS,
    });
  }

  /** With the variables of a request, since the cost depends on `first`. */
  measure(variables: Readonly<Record<string, unknown>>, context: object): Measured {
    if (this.#alwaysCosts !== undefined) return this.#alwaysCosts;
    const { schema, limits, ownFields } = this.#options;
    const { document } = this;
    const measured = measure(limits, { schema, document, operation: this.#definition, variables, context });
    // The cost of an embedder's fields may depend on the caller.
    if (!this.#hasVariables && !ownFields) this.#alwaysCosts = measured;
    return measured;
  }

  /** @param variables coerced. */
  plan(variables: Readonly<Record<string, unknown>>): OperationPlan {
    const choice = this.#choosing.length === 0 ? '' : this.#choosing.map((name) => String(variables[name])).join();
    const known = this.#plans.get(choice);
    if (known !== undefined) return known;
    const { schema, ownFields } = this.#options;
    const { document } = this;
    const turn = ownFields ? undefined : this.#options.turn;
    const plan = planOperation({ schema, document, operation: this.#definition, variables, turn });
    if (this.#plans.size < MAX_CHOICES && plan.fields <= MAX_KEPT_FIELDS) this.#plans.set(choice, plan);
    return plan;
  }
}
