import {
  type GraphQLArgument,
  GraphQLError,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLScalarType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isObjectType,
  isScalarType,
  Kind,
} from 'graphql';
import { invalid } from '../domain/checked.ts';
import { findInside } from '../domain/utf8.ts';
import { BadUserInputError } from '../errors.ts';
import { answersInvalidInput } from './lone-surrogates.ts';

/** A text that its scalar cannot read. It gets no further than the wrapper of the field it was given to. */
class Unreadable {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

const SCALARS: readonly string[] = ['Decimal', 'DateTime', 'CurrencyCode'];

/**
 * One kind of error for one field: a text such as `abc` as an amount is answered like `1.234`, with InvalidInputError by a mutation
 * whose result union has it, with BAD_USER_INPUT at the field otherwise. Values of another type (a fraction as a number) stay
 * errors of the request.
 */
export function answerUnreadableInput(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type) && SCALARS.includes(type.name)) acceptUnreadable(type);
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) if (field.args.some(takesScalars)) refuseUnreadable(field);
  }
  return schema;
}

function acceptUnreadable(scalar: GraphQLScalarType): void {
  const { parseValue, parseLiteral } = scalar;
  scalar.parseValue = (value) => (typeof value === 'string' ? readOr(() => parseValue(value)) : parseValue(value));
  scalar.parseLiteral = (node, variables) =>
    node.kind === Kind.STRING ? readOr(() => parseLiteral(node, variables)) : parseLiteral(node, variables);
}

function readOr(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof GraphQLError) return new Unreadable(error.message);
    throw error;
  }
}

function refuseUnreadable(field: GraphQLField<unknown, unknown>): void {
  const { resolve, subscribe } = field;
  const hasMember = answersInvalidInput(field);
  if (resolve !== undefined) {
    field.resolve = (source, args, context, info) => {
      const found = unreadableIn(args);
      if (found === undefined) return resolve(source, args, context, info);
      if (hasMember) return invalid(found.path, found.message);
      throw new BadUserInputError(found.message);
    };
  }
  if (subscribe !== undefined) {
    field.subscribe = (source, args, context, info) => {
      const found = unreadableIn(args);
      if (found !== undefined) throw new BadUserInputError(found.message);
      return subscribe(source, args, context, info);
    };
  }
}

function unreadableIn(args: Readonly<Record<string, unknown>>) {
  const { input, ...others } = args;
  let message = '';
  const isUnreadable = (value: unknown): boolean => {
    if (!(value instanceof Unreadable)) return false;
    message = value.message;
    return true;
  };
  const path = findInside(input, isUnreadable) ?? findInside(others, isUnreadable);
  return path === undefined ? undefined : { path, message };
}

const takesScalars = ({ type }: GraphQLArgument): boolean => hasScalars(type, new Set());

/** Input types may contain themselves: `seen` ends that. */
function hasScalars(type: GraphQLInputType, seen: Set<string>): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return SCALARS.includes(named.name);
  if (seen.has(named.name)) return false;
  seen.add(named.name);
  return Object.values(named.getFields()).some((field) => hasScalars(field.type, seen));
}
