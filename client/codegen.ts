/** Entry `invest-gateway/codegen`: what code generators and caches of GraphQL clients must know of the graph. docs/front-end.md shows it. */

import { EMBEDDED, LISTS, possibleTypes } from './generated.ts';

export { possibleTypes };

/** Types of the graph's scalars in TypeScript, for `config.scalars` of graphql-codegen. Amounts and times are text: they stay exact. */
export const scalars = {
  CurrencyCode: 'string',
  Date: 'string',
  DateTime: 'string',
  Decimal: 'string',
  JSON: 'unknown',
};

/** The part of Apollo Client's `TypePolicy` that is used here. */
export interface CachePolicy {
  keyFields?: false;
  merge?: false;
  fields?: Record<string, { merge: false }>;
}

/**
 * For `new InMemoryCache({ possibleTypes, typePolicies })` of Apollo Client. An object without an id of its own, and a list, is
 * replaced as a whole: its values are of one moment. Pagination is left to the app: add a policy for the field of a connection.
 */
export const typePolicies: Record<string, CachePolicy> = policies();

/** For `cacheExchange({ possibleTypes, keys })` of urql's graphcache. */
export const keys: Record<string, () => null> = Object.fromEntries(EMBEDDED.map((name) => [name, () => null]));

function policies(): Record<string, CachePolicy> {
  const all: Record<string, CachePolicy> = {};
  for (const name of EMBEDDED) all[name] = { keyFields: false, merge: false };
  for (const [name, fields] of Object.entries(LISTS))
    all[name] = { ...all[name], fields: Object.fromEntries(fields.map((field) => [field, { merge: false }])) };
  return all;
}
