import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

/** GraphQL text of a value of an input type. `path` names it: `deposit.id`, `registerDeposit.input.amount`. */
export type ValueFor = (type: GraphQLNamedType, path: string) => string;

/** `(id: "…", first: 3)` for a field: what it needs, and what `valueFor` has something for besides. */
export function argumentsOf(field: GraphQLField<unknown, unknown>, valueFor: ValueFor): string {
  const given = field.args.flatMap((arg) => {
    const value = valueText(arg.type, `${field.name}.${arg.name}`, valueFor, isRequiredArgument(arg));
    return value === undefined ? [] : [`${arg.name}: ${value}`];
  });
  return given.length === 0 ? '' : `(${given.join(', ')})`;
}

function valueText(type: GraphQLInputType, path: string, valueFor: ValueFor, required: boolean): string | undefined {
  const nullable = isNonNullType(type) ? type.ofType : type;
  if (isListType(nullable)) {
    const item = valueText(nullable.ofType, path, valueFor, required);
    return item === undefined ? undefined : `[${item}]`;
  }
  if (!isInputObjectType(nullable)) {
    const text = valueFor(getNamedType(nullable), path);
    if (text !== '') return text;
    if (!required) return undefined;
    if (isEnumType(nullable)) return nullable.getValues()[0]?.name ?? 'NONE';
    throw new Error(`no value for ${path}`);
  }
  if (!required) return undefined;
  const fields = Object.values(nullable.getFields()).flatMap((field) => {
    const value = valueText(field.type, `${path}.${field.name}`, valueFor, isRequiredInputField(field));
    return value === undefined ? [] : [`${field.name}: ${value}`];
  });
  return `{ ${fields.join(', ')} }`;
}

/** ` { … }` with every field of a type down to a depth of fields, or nothing for a leaf. */
export function everythingIn(schema: GraphQLSchema, output: GraphQLOutputType, depth: number): string {
  const type = getNamedType(output);
  if (isLeafType(type)) return '';
  if (isAbstractType(type)) {
    const members = schema.getPossibleTypes(type).map((each) => `... on ${each.name}${fieldsIn(schema, each, depth)}`);
    return ` { __typename ${members.join(' ')} }`;
  }
  return fieldsIn(schema, type, depth);
}

function fieldsIn(schema: GraphQLSchema, type: GraphQLNamedType, depth: number): string {
  const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
  const texts = fields.flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const leaf = isLeafType(getNamedType(field.type));
    if (!leaf && depth <= 1) return [];
    // Members of a union may give the same name to fields of different types.
    const alias = field.name === 'id' ? '' : `${type.name}_${field.name}: `;
    return [`${alias}${field.name}${everythingIn(schema, field.type, depth - 1)}`];
  });
  return ` { __typename ${texts.join(' ')} }`;
}
