import {
  defaultFieldResolver,
  defaultTypeResolver,
  type ExecutionResult,
  GraphQLError,
  type GraphQLResolveInfo,
  getArgumentValues,
  isObjectType,
  locatedError,
} from 'graphql';
import type { AbstractPlan, FieldPlan, LeafPlan, ListPlan, OperationPlan, SelectionPlan, ValuePlan } from './plan.ts';

/** Where a value stands in the answer. */
interface Path {
  readonly prev: Path | undefined;
  readonly key: string | number;
  readonly typename: string | undefined;
}

interface Execution {
  readonly plan: OperationPlan;
  readonly context: unknown;
  readonly variables: Record<string, unknown>;
  readonly errors: GraphQLError[];
}

/** One field of one object, while its value is made. */
interface Place {
  readonly execution: Execution;
  readonly field: FieldPlan;
  readonly info: GraphQLResolveInfo;
}

type Data = Record<string, unknown>;

/**
 * Executes a planned query as the server library's executor would: the same data, the same errors. Never rejects: what
 * goes wrong is among the errors.
 */
export function executePlan(
  plan: OperationPlan,
  context: unknown,
  variables: Record<string, unknown>,
): ExecutionResult | Promise<ExecutionResult> {
  const errors: GraphQLError[] = [];
  const execution: Execution = { plan, context, variables, errors };
  const done = (data: Data): ExecutionResult => (errors.length === 0 ? { data } : { errors, data });
  const failed = (error: unknown): ExecutionResult => {
    errors.push(error instanceof GraphQLError ? error : locatedError(error, undefined));
    return { errors, data: null };
  };
  try {
    const data = executeFields(execution, plan.root, undefined, undefined);
    return isPromise(data) ? data.then(done, failed) : done(data);
  } catch (error) {
    return failed(error);
  }
}

function executeFields(
  execution: Execution,
  { fields }: SelectionPlan,
  source: unknown,
  path: Path | undefined,
): Data | Promise<Data> {
  const data: Data = {};
  let waiting: Promise<void>[] | undefined;
  try {
    for (const field of fields) {
      const value = quickValue(field, source) ?? executeField(execution, field, source, path);
      data[field.responseName] = value;
      if (!isPromise(value)) continue;
      waiting ??= [];
      waiting.push(
        value.then((later) => {
          data[field.responseName] = later;
        }),
      );
    }
  } catch (error) {
    if (waiting === undefined) throw error;
    // The others are under way and may fail too: they are heard, then what failed first is told.
    const fail = (): never => {
      throw error;
    };
    return Promise.all(waiting).then(fail, fail);
  }
  if (waiting === undefined) return data;
  const [first] = waiting;
  return (waiting.length === 1 && first !== undefined ? first : Promise.all(waiting)).then(() => data);
}

/** Most fields are a property with a text in it. Undefined where there is more to it, or something wrong with it. */
function quickValue({ property, leaf }: FieldPlan, source: unknown): unknown {
  if (property === undefined || leaf === undefined) return undefined;
  const value: unknown = Object(source)[property];
  if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number') return undefined;
  try {
    return leaf.serialize(value) ?? undefined;
  } catch {
    return undefined;
  }
}

function executeField(execution: Execution, field: FieldPlan, source: unknown, parent: Path | undefined): unknown {
  const path: Path = { prev: parent, key: field.responseName, typename: field.parentType.name };
  const at: Place = { execution, field, info: infoOf(execution, field, path) };
  const failed = (error: unknown): null => handled(at, field.value, path, error);
  try {
    const value = resolve(at, source);
    const completed = isPromise(value)
      ? value.then((later) => complete(at, field.value, path, later))
      : complete(at, field.value, path, value);
    return isPromise(completed) ? completed.then(undefined, failed) : completed;
  } catch (error) {
    return failed(error);
  }
}

function resolve({ execution, field, info }: Place, source: unknown): unknown {
  const { definition, nodes } = field;
  const [node] = nodes;
  const args =
    definition.args.length === 0 || node === undefined ? {} : getArgumentValues(definition, node, execution.variables);
  return (definition.resolve ?? defaultFieldResolver)(source, args, execution.context, info);
}

function infoOf({ plan, variables }: Execution, field: FieldPlan, path: Path): GraphQLResolveInfo {
  return {
    fieldName: field.definition.name,
    fieldNodes: field.nodes,
    returnType: field.definition.type,
    parentType: field.parentType,
    path,
    schema: plan.schema,
    fragments: plan.fragments,
    rootValue: undefined,
    operation: plan.operation,
    variableValues: variables,
  };
}

function complete(at: Place, plan: ValuePlan, path: Path, value: unknown): unknown {
  if (value instanceof Error) throw value;
  if (plan.kind === 'nonNull') {
    const completed = complete(at, plan.of, path, value);
    if (completed !== null) return completed;
    throw new Error(`Cannot return null for non-nullable field ${nameOf(at)}.`);
  }
  if (value === null || value === undefined) return null;
  switch (plan.kind) {
    case 'leaf':
      return leafValue(plan, value);
    case 'list':
      return listValue(at, plan, path, value);
    case 'object':
      return objectValue(at, plan.selection, path, value);
    case 'abstract':
      return abstractValue(at, plan, path, value);
    default:
      return plan satisfies never;
  }
}

function leafValue({ type }: LeafPlan, value: unknown): unknown {
  let serialized: unknown;
  try {
    serialized = type.serialize(value);
  } catch (error) {
    // A value that an upstream sent is no mistake of the client, as an error of GraphQL would say.
    throw error instanceof GraphQLError ? new Error(error.message) : error;
  }
  if (serialized !== null && serialized !== undefined) return serialized;
  throw new Error(`Expected a value of type ${type.name}.`);
}

function listValue(at: Place, plan: ListPlan, path: Path, value: unknown): unknown {
  if (!isIterable(value)) throw new Error(`Expected a list for ${nameOf(at)}.`);
  const items: unknown[] = [];
  let waits = false;
  try {
    for (const item of value) {
      const completed = itemValue(at, plan.item, { prev: path, key: items.length, typename: undefined }, item);
      if (isPromise(completed)) waits = true;
      items.push(completed);
    }
  } catch (error) {
    // The list is gone with this item. Others that fail later must be heard all the same, or they end the process.
    if (waits) Promise.all(items).catch(() => undefined);
    throw error;
  }
  return waits ? Promise.all(items) : items;
}

function itemValue(at: Place, plan: ValuePlan, path: Path, item: unknown): unknown {
  const failed = (error: unknown): null => handled(at, plan, path, error);
  try {
    const completed = isPromise(item)
      ? item.then((later) => complete(at, plan, path, later))
      : complete(at, plan, path, item);
    return isPromise(completed) ? completed.then(undefined, failed) : completed;
  } catch (error) {
    return failed(error);
  }
}

function objectValue(at: Place, selection: SelectionPlan, path: Path, value: unknown): unknown {
  const { execution, info } = at;
  const { type } = selection;
  // Who may see an object of a guarded type is asked here.
  const fits = type.isTypeOf?.(value, execution.context, info) ?? true;
  const go = (really: boolean): Data | Promise<Data> => {
    if (!really) throw new Error(`Expected a value of type ${type.name}.`);
    return executeFields(execution, selection, value, path);
  };
  return isPromise(fits) ? fits.then(go) : go(fits);
}

function abstractValue(at: Place, plan: AbstractPlan, path: Path, value: unknown): unknown {
  const { execution, info } = at;
  const name = (plan.type.resolveType ?? defaultTypeResolver)(value, execution.context, info, plan.type);
  const go = (really: string | undefined): unknown => objectValue(at, selectionOf(at, plan, really), path, value);
  return isPromise(name) ? name.then(go) : go(name);
}

function selectionOf(at: Place, { type, selections }: AbstractPlan, name: string | undefined): SelectionPlan {
  const found = name === undefined ? undefined : at.execution.plan.schema.getType(name);
  const selection = isObjectType(found) ? selections.get(found) : undefined;
  if (selection !== undefined) return selection;
  throw new Error(`${nameOf(at)}: no type of ${type.name} for the value.`);
}

/** A nullable value is null and its error is told; what must not be null takes what it is in with it. */
function handled({ execution, field }: Place, plan: ValuePlan, path: Path, thrown: unknown): null {
  const causes: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown];
  for (const cause of causes) {
    const error = locatedError(cause, field.nodes, keysOf(path));
    if (plan.kind === 'nonNull') throw error;
    execution.errors.push(error);
  }
  return null;
}

function keysOf(path: Path): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: Path | undefined = path; at !== undefined; at = at.prev) keys.push(at.key);
  return keys.reverse();
}

const nameOf = ({ field }: Place): string => `${field.parentType.name}.${field.definition.name}`;

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;
