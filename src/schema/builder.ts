import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import type { CalendarDay } from '../domain/calendar-day.ts';
import type { DateTime } from '../domain/datetime.ts';
import type { Decimal } from '../domain/decimal.ts';
import { ForbiddenError } from '../errors.ts';
import type { RequestContext } from '../resolvers/context.ts';
import type { Representation } from '../resolvers/entities.ts';
import type { JsonValue } from './scalars.ts';

export interface SchemaTypes {
  Context: RequestContext;
  Scalars: {
    ID: { Input: string; Output: string };
    Decimal: { Input: Decimal; Output: Decimal };
    DateTime: { Input: DateTime; Output: DateTime };
    Date: { Input: CalendarDay; Output: CalendarDay };
    CurrencyCode: { Input: string; Output: string };
    JSON: { Input: JsonValue; Output: JsonValue };
    /** Used only in a federated subgraph. */
    _Any: { Input: Representation; Output: Representation };
  };
  AuthScopes: { vouched: object };
}

export type Builder = PothosSchemaTypes.SchemaBuilder<PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>>;

/**
 * The builder of all types. A guarded type has `authScopes: vouched`: an object of that type which no resolver has checked
 * for this viewer is refused (FORBIDDEN), by every path through the graph.
 */
export function createBuilder(): Builder {
  return new SchemaBuilder<SchemaTypes>({
    plugins: [ScopeAuthPlugin, ComplexityPlugin],
    scopeAuth: {
      runScopesOnType: true,
      authorizeOnSubscribe: true,
      authScopes: (context) => ({ vouched: (object: object) => context.vouched.has(object) }),
      unauthorizedError: () => new ForbiddenError('Not allowed.'),
    },
    complexity: { defaultComplexity: 1, defaultListMultiplier: 5 },
  });
}

/** Auth scope of guarded types: see resolvers/access.ts. */
export const vouched = (object: object, context: RequestContext): boolean => context.vouched.has(object);
