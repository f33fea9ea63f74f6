// A plugin of graphql-codegen: what a normalising cache must know of the schema, as client/generated.ts.
import { getNamedType, getNullableType, isAbstractType, isCompositeType, isListType, isObjectType } from 'graphql';

/** Types with an id that is another system's, or that several objects may have: not what a cache finds them by. */
const SHARED_IDS = new Set(['LedgerReference', 'SynchronizationProblem']);

export function plugin(schema) {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('_'));
  types.sort((a, b) => (a.name < b.name ? -1 : 1));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const objects = types.filter((type) => isObjectType(type) && !roots.includes(type));
  const possible = types
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]);
  const embedded = objects.filter(({ name }) => !hasOwnId(schema.getType(name))).map(({ name }) => name);
  const lists = objects.flatMap((type) => {
    const names = Object.values(type.getFields()).filter(isListOfObjects);
    return names.length === 0 ? [] : [[type.name, names.map(({ name }) => name)]];
  });
  const write = (value) => JSON.stringify(value, null, 2);
  return `// Written by npm run schema.

/** The types of each interface and union. */
export const possibleTypes: Record<string, string[]> = ${write(Object.fromEntries(possible))};

/** Types whose objects have no id of their own: they belong to the object that they are in. */
export const EMBEDDED: readonly string[] = ${write(embedded)};

/** Fields that are lists of objects, by type. */
export const LISTS: Readonly<Record<string, readonly string[]>> = ${write(Object.fromEntries(lists))};
`;
}

const hasOwnId = (type) => type.getFields().id !== undefined && !SHARED_IDS.has(type.name);

const isListOfObjects = ({ type }) => isListType(getNullableType(type)) && isCompositeType(getNamedType(type));
