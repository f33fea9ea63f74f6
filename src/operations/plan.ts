import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  typeFromAST,
} from 'graphql';
import type { Memo, Turn } from '../domain/turn.ts';

/*
 * Results that the executor would compute for every object of every request, computed once per document: the fields of an
 * object of each type, their resolvers, and constant arguments. A plan contains nothing of a request.
 */

/** The fields of one object type, in the order in which they are answered. */
export interface SelectionPlan {
  readonly type: GraphQLObjectType;
  readonly fields: readonly FieldPlan[];
  readonly texts: Texts;
}

/**
 * Memoises the JSON of plain objects and lists, which requests share when they share an upstream read. Authorization is checked each
 * time before. Undefined for values with resolvers.
 */
export type Texts = Memo<string> | undefined;

export interface FieldPlan {
  readonly responseName: string;
  /** `"name":`, as it stands in front of the value, behind a comma where another field comes before. */
  readonly prefix: string;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly parentType: GraphQLObjectType;
  readonly nodes: readonly FieldNode[];
  /** The field's value is this property of its object, and nothing else is to be done for it. */
  readonly property: string | undefined;
  readonly value: ValuePlan;
  /** The type of the value where that is a scalar or an enum. */
  readonly leaf: GraphQLLeafType | undefined;
}

export type ValuePlan = NonNullPlan | LeafPlan | ListPlan | ObjectPlan | AbstractPlan;

interface NonNullPlan {
  readonly kind: 'nonNull';
  readonly of: LeafPlan | ListPlan | ObjectPlan | AbstractPlan;
}

export interface LeafPlan {
  readonly kind: 'leaf';
  readonly type: GraphQLLeafType;
}

export interface ListPlan {
  readonly kind: 'list';
  readonly item: ValuePlan;
  readonly texts: Texts;
}

export interface ObjectPlan {
  readonly kind: 'object';
  readonly selection: SelectionPlan;
}

export interface AbstractPlan {
  readonly kind: 'abstract';
  readonly type: GraphQLAbstractType;
  readonly selections: ReadonlyMap<GraphQLObjectType, SelectionPlan>;
}

/** One operation, for one choice of the fields that `@skip` and `@include` leave to its variables. */
export interface OperationPlan {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly root: SelectionPlan;
  /** Fields of the plan, each as often as it stands in an answer's shape. */
  readonly fields: number;
}

export interface PlannedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Undefined where objects may change while somebody else has them, as those of an embedder's own types might. */
  readonly turn: Turn | undefined;
}

/** The operation must be valid. Depth and cost limits bound the plan. */
export function planOperation({ schema, document, operation, variables, turn }: PlannedOperation): OperationPlan {
  const type = schema.getRootType(operation.operation);
  if (type === null || type === undefined) throw new Error(`the schema has no ${operation.operation}`);
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments[each.name.value] = each;
  }
  const planner = new Planner(schema, fragments, variables, turn);
  const root = planner.selection(type, [operation.selectionSet]);
  return { schema, operation, fragments, root, fields: planner.fields };
}

/** Fields that every schema has. Validation lets those about the schema stand at the root of queries only. */
const META_FIELDS = new Map(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((each) => [each.name, each]),
);

class Planner {
  fields = 0;
  readonly #schema: GraphQLSchema;
  readonly #fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #turn: Turn | undefined;

  constructor(
    schema: GraphQLSchema,
    fragments: Readonly<Record<string, FragmentDefinitionNode>>,
    variables: Readonly<Record<string, unknown>>,
    turn: Turn | undefined,
  ) {
    this.#turn = turn;
    this.#schema = schema;
    this.#fragments = fragments;
    this.#variables = variables;
  }

  selection(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): SelectionPlan {
    const collected = new Map<string, FieldNode[]>();
    const visited = new Set<string>();
    for (const set of sets) this.#collect(type, set, collected, visited);
    const fields = [...collected].map(([responseName, nodes], at) => this.#field(type, responseName, nodes, at === 0));
    return { type, fields, texts: this.#texts(fields.every(isItsProperty)) };
  }

  #texts(pure: boolean): Texts {
    return pure ? this.#turn?.memo() : undefined;
  }

  #field(
    parentType: GraphQLObjectType,
    responseName: string,
    nodes: readonly FieldNode[],
    isFirst: boolean,
  ): FieldPlan {
    this.fields += 1;
    const name = nodes[0]?.name.value ?? '';
    const definition = META_FIELDS.get(name) ?? parentType.getFields()[name];
    if (definition === undefined) throw new Error(`${parentType.name} has no field ${name}`);
    const value = this.#value(definition.type, nodes);
    const inner = value.kind === 'nonNull' ? value.of : value;
    const leaf = inner.kind === 'leaf' ? inner.type : undefined;
    const prefix = `${isFirst ? '' : ','}${JSON.stringify(responseName)}:`;
    return { responseName, prefix, definition, parentType, nodes, property: propertyOf(definition), value, leaf };
  }

  #value(type: GraphQLOutputType, nodes: readonly FieldNode[]): ValuePlan {
    if (!isNonNullType(type)) return this.#nullable(type, nodes);
    return { kind: 'nonNull', of: this.#nullable(type.ofType, nodes) };
  }

  #nullable(type: GraphQLOutputType, nodes: readonly FieldNode[]): NonNullPlan['of'] {
    if (isNonNullType(type)) return this.#nullable(type.ofType, nodes);
    if (isListType(type)) {
      const item = this.#value(type.ofType, nodes);
      return { kind: 'list', item, texts: this.#texts(isPure(item)) };
    }
    if (isLeafType(type)) return { kind: 'leaf', type };
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (!isAbstractType(type)) return { kind: 'object', selection: this.selection(type, sets) };
    const selections = this.#schema.getPossibleTypes(type).map((each) => [each, this.selection(each, sets)] as const);
    return { kind: 'abstract', type, selections: new Map(selections) };
  }

  #collect(type: GraphQLObjectType, set: SelectionSetNode, into: Map<string, FieldNode[]>, visited: Set<string>): void {
    for (const selection of set.selections) {
      if (!this.#isIncluded(selection.directives ?? [])) continue;
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        const nodes = into.get(name);
        if (nodes === undefined) into.set(name, [selection]);
        else nodes.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (this.#applies(selection.typeCondition, type)) this.#collect(type, selection.selectionSet, into, visited);
      } else if (!visited.has(selection.name.value)) {
        const fragment = this.#fragments[selection.name.value];
        if (fragment === undefined || !this.#applies(fragment.typeCondition, type)) continue;
        visited.add(selection.name.value);
        this.#collect(type, fragment.selectionSet, into, visited);
      }
    }
  }

  #applies(condition: FragmentDefinitionNode['typeCondition'] | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined) return true;
    const wanted = typeFromAST(this.#schema, condition);
    return wanted === type || (isAbstractType(wanted) && this.#schema.isSubType(wanted, type));
  }

  #isIncluded(directives: readonly DirectiveNode[]): boolean {
    return directives.every(({ name, arguments: given = [] }) => {
      const value = given[0]?.value;
      if (name.value !== 'skip' && name.value !== 'include') return true;
      const condition =
        value?.kind === Kind.VARIABLE ? this.#variables[value.name.value] : value?.kind === Kind.BOOLEAN && value.value;
      return condition === (name.value === 'include');
    });
  }
}

/** Has property fields only, without authorization. */
function isPure(plan: ValuePlan): boolean {
  switch (plan.kind) {
    case 'nonNull':
      return isPure(plan.of);
    case 'leaf':
      return true;
    case 'list':
      return isPure(plan.item);
    case 'object':
      return plan.selection.type.isTypeOf == null && plan.selection.fields.every(isItsProperty);
    case 'abstract':
      return false;
    default:
      return plan satisfies never;
  }
}

const isItsProperty = ({ property, definition, value }: FieldPlan): boolean =>
  (property !== undefined || definition === TypeNameMetaFieldDef) && isPure(value);

/** Property fields that the builder exposes, where no plugin has wrapped them. */
function propertyOf({ name, extensions, resolve }: GraphQLField<unknown, unknown>): string | undefined {
  const exposed = extensions['pothosExposedField'];
  const onlyThat = resolve === undefined ? exposed === name : resolve.length === 1;
  return onlyThat && typeof exposed === 'string' ? exposed : undefined;
}

/** Names of the variables that decide which fields are answered. */
export function choosingVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  const look = (node: { readonly directives?: readonly DirectiveNode[] | undefined }): void => {
    for (const { name, arguments: given = [] } of node.directives ?? []) {
      const value = given[0]?.value;
      if ((name.value === 'skip' || name.value === 'include') && value?.kind === Kind.VARIABLE) {
        names.add(value.name.value);
      }
    }
  };
  const within = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      look(selection);
      if ('selectionSet' in selection && selection.selectionSet !== undefined) within(selection.selectionSet);
    }
  };
  for (const each of document.definitions) if ('selectionSet' in each) within(each.selectionSet);
  return [...names];
}
