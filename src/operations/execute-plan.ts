import {
  defaultFieldResolver,
  defaultTypeResolver,
  GraphQLError,
  type GraphQLResolveInfo,
  getArgumentValues,
  isObjectType,
  locatedError,
} from 'graphql';
import type {
  AbstractPlan,
  FieldPlan,
  LeafPlan,
  ListPlan,
  OperationPlan,
  SelectionPlan,
  Texts,
  ValuePlan,
} from './plan.ts';

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

/** Result of a query: its data as JSON text, `null` by null propagation, and the errors. */
export interface Answer {
  readonly data: string;
  readonly errors: readonly GraphQLError[];
}

/** JSON text. Values are written as they are completed: a tree of objects would only be made to be written. */
type Text = string;
type Later<T> = T | Promise<T>;

/**
 * Executes a planned operation by the specification: the same data and errors as graphql-js. Never rejects: failures
 * are in the errors.
 *
 * @param root value of the root type; of a subscription the event.
 */
export function executePlan(
  plan: OperationPlan,
  context: unknown,
  variables: Record<string, unknown>,
  root?: unknown,
): Later<Answer> {
  const errors: GraphQLError[] = [];
  const execution: Execution = { plan, context, variables, errors };
  const done = (data: Text): Answer => ({ data, errors });
  const failed = (error: unknown): Answer => {
    errors.push(error instanceof GraphQLError ? error : locatedError(error, undefined));
    return { data: NULL, errors };
  };
  try {
    const run = plan.operation.operation === 'mutation' ? executeSerially : executeFields;
    const data = run(execution, plan.root, root, undefined);
    return isPromise(data) ? data.then(done, failed) : done(data);
  } catch (error) {
    return failed(error);
  }
}

const NULL = 'null';

function executeFields(
  execution: Execution,
  { fields }: SelectionPlan,
  source: unknown,
  path: Path | undefined,
): Later<Text> {
  let text = '{';
  let parts: Later<Text>[] | undefined;
  try {
    for (const field of fields) {
      const value = quickValue(field, source) ?? executeField(execution, field, source, path);
      text += field.prefix;
      if (typeof value === 'string') {
        text += value;
      } else {
        parts ??= [];
        parts.push(text, value);
        text = '';
      }
    }
  } catch (error) {
    if (parts === undefined) throw error;
    // The other fields may fail too: their rejections are handled, then the first failure is thrown.
    const fail = (): never => {
      throw error;
    };
    return Promise.all(parts).then(fail, fail);
  }
  text += '}';
  return parts === undefined ? text : joined([...parts, text], '');
}

/** Fields of a mutation: each when the one before is done. */
async function executeSerially(execution: Execution, { fields }: SelectionPlan, source: unknown): Promise<Text> {
  let text = '';
  for (const field of fields) {
    const value = await executeField(execution, field, source, undefined);
    text += field.prefix + value;
  }
  return `{${text}}`;
}

const joined = async (parts: readonly Later<Text>[], separator: string): Promise<Text> =>
  concatenated(await Promise.all(parts), separator);

/** As `join`, but copying nothing: the whole answer is copied once, when it is sent. */
function concatenated(parts: readonly Text[], separator: string): Text {
  let text = '';
  for (const part of parts) text += text === '' ? part : separator + part;
  return text;
}

/** Most fields are a property with a text in it. Undefined where there is more to it, or something wrong with it. */
function quickValue({ property, leaf }: FieldPlan, source: unknown): Text | undefined {
  if (property === undefined || leaf === undefined) return undefined;
  const value: unknown = Object(source)[property];
  if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number') return undefined;
  try {
    const serialized: unknown = leaf.serialize(value);
    return serialized === null || serialized === undefined ? undefined : JSON.stringify(serialized);
  } catch {
    return undefined;
  }
}

function executeField(execution: Execution, field: FieldPlan, source: unknown, parent: Path | undefined): Later<Text> {
  const path: Path = { prev: parent, key: field.responseName, typename: field.parentType.name };
  const at: Place = { execution, field, info: infoOf(execution, field, path) };
  try {
    return settled(at, field.value, path, resolve(at, source));
  } catch (error) {
    return handled(at, field.value, path, error);
  }
}

/** The value of a field or an item, whatever becomes of it later. */
function settled(at: Place, plan: ValuePlan, path: Path, value: unknown): Later<Text> {
  const completed = isPromise(value)
    ? value.then((later) => complete(at, plan, path, later))
    : complete(at, plan, path, value);
  if (!isPromise(completed)) return completed;
  return completed.then(undefined, (error: unknown) => handled(at, plan, path, error));
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

function complete(at: Place, plan: ValuePlan, path: Path, value: unknown): Later<Text> {
  if (value instanceof Error) throw value;
  if (plan.kind === 'nonNull') {
    if (value !== null && value !== undefined) return complete(at, plan.of, path, value);
    throw new Error(`Cannot return null for non-nullable field ${nameOf(at)}.`);
  }
  if (value === null || value === undefined) return NULL;
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

function leafValue({ type }: LeafPlan, value: unknown): Text {
  let serialized: unknown;
  try {
    serialized = type.serialize(value);
  } catch (error) {
    // A value that an upstream sent is no mistake of the client, as an error of GraphQL would say.
    throw error instanceof GraphQLError ? new Error(error.message) : error;
  }
  if (serialized !== null && serialized !== undefined) return JSON.stringify(serialized);
  throw new Error(`Expected a value of type ${type.name}.`);
}

function listValue(at: Place, plan: ListPlan, path: Path, value: unknown): Later<Text> {
  if (!isIterable(value)) throw new Error(`Expected a list for ${nameOf(at)}.`);
  const known = plan.texts?.get(value);
  if (known !== undefined) return known;
  const errors = at.execution.errors.length;
  return remember(at, plan.texts, value, errors, freshList(at, plan, path, value));
}

function freshList(at: Place, plan: ListPlan, path: Path, value: Iterable<unknown>): Later<Text> {
  const items: Later<Text>[] = [];
  let text = '';
  let waits = false;
  try {
    for (const item of value) {
      const completed = itemValue(at, plan.item, { prev: path, key: items.length, typename: undefined }, item);
      if (typeof completed !== 'string') waits = true;
      else if (!waits) text += text === '' ? completed : `,${completed}`;
      items.push(completed);
    }
  } catch (error) {
    // The item removes the whole list. Later failures of other items must be handled, or they end the process.
    if (waits) Promise.all(items).catch(() => undefined);
    throw error;
  }
  return waits ? joined(items, ',').then((text) => `[${text}]`) : `[${text}]`;
}

/** Memoises the JSON of objects that are made of nothing but their properties. */
function remember(
  { execution }: Place,
  texts: Texts,
  value: object,
  errorsBefore: number,
  text: Later<Text>,
): Later<Text> {
  if (texts !== undefined && typeof text === 'string' && execution.errors.length === errorsBefore)
    texts.set(value, text);
  return text;
}

function itemValue(at: Place, plan: ValuePlan, path: Path, item: unknown): Later<Text> {
  try {
    return settled(at, plan, path, item);
  } catch (error) {
    return handled(at, plan, path, error);
  }
}

function objectValue(at: Place, selection: SelectionPlan, path: Path, value: unknown): Later<Text> {
  const { execution, info } = at;
  // Authorization of a guarded type.
  const fits = selection.type.isTypeOf?.(value, execution.context, info) ?? true;
  return isPromise(fits)
    ? fits.then((later) => fieldsOf(at, selection, path, value, later))
    : fieldsOf(at, selection, path, value, fits);
}

function fieldsOf(at: Place, selection: SelectionPlan, path: Path, value: unknown, fits: boolean): Later<Text> {
  const { execution } = at;
  const { texts } = selection;
  if (!fits) throw new Error(`Expected a value of type ${selection.type.name}.`);
  if (texts === undefined || typeof value !== 'object' || value === null) {
    return executeFields(execution, selection, value, path);
  }
  const errors = execution.errors.length;
  return texts.get(value) ?? remember(at, texts, value, errors, executeFields(execution, selection, value, path));
}

function abstractValue(at: Place, plan: AbstractPlan, path: Path, value: unknown): Later<Text> {
  const { execution, info } = at;
  const name = (plan.type.resolveType ?? defaultTypeResolver)(value, execution.context, info, plan.type);
  const go = (really: string | undefined): Later<Text> => objectValue(at, selectionOf(at, plan, really), path, value);
  return isPromise(name) ? name.then(go) : go(name);
}

function selectionOf(at: Place, { type, selections }: AbstractPlan, name: string | undefined): SelectionPlan {
  const found = name === undefined ? undefined : at.execution.plan.schema.getType(name);
  const selection = isObjectType(found) ? selections.get(found) : undefined;
  if (selection !== undefined) return selection;
  throw new Error(`${nameOf(at)}: no type of ${type.name} for the value.`);
}

/** Null propagation, as in the specification. */
function handled({ execution, field }: Place, plan: ValuePlan, path: Path, thrown: unknown): Text {
  const causes: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown];
  for (const cause of causes) {
    const error = locatedError(cause, field.nodes, keysOf(path));
    if (plan.kind === 'nonNull') throw error;
    execution.errors.push(error);
  }
  return NULL;
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
