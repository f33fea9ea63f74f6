import { BadUserInputError } from '../errors.ts';
import type { RequestContext } from './context.ts';
import { type AnyNode, nodeById, typeOfId } from './nodes.ts';

/** A reference of another subgraph to an object. */
export interface Representation {
  readonly __typename: string;
  readonly id: string;
}

/** More than `nodes` allows: a router asks for all objects of an answer at once. The cost limit applies too. */
export const MAX_ENTITIES = 1_000;

/** Types that other subgraphs may refer to by id. */
export const ENTITY_TYPES: ReadonlySet<string> = new Set([
  'Portfolio',
  'Transaction',
  'User',
  'Deposit',
  'Withdrawal',
  'VirtualCashMovement',
  'Instrument',
  'Order',
  'Rebalancing',
]);

/** Throws BadUserInputError for anything but a reference to an object of this graph. Ignores further fields. */
export function parseRepresentation(value: unknown): Representation {
  if (typeof value === 'object' && value !== null && '__typename' in value && 'id' in value) {
    const { __typename, id } = value;
    if (typeof __typename === 'string' && ENTITY_TYPES.has(__typename) && typeof id === 'string') {
      return { __typename, id };
    }
  }
  throw new BadUserInputError('A representation must have the __typename of an entity of this graph and its id.');
}

/**
 * The objects in the order of the references; null for one that the viewer must not see or that has another type. Same
 * rules and reads as `node`. Throws BadUserInputError for more than 1,000.
 */
export function entitiesOf(
  context: RequestContext,
  representations: readonly Representation[],
): Promise<AnyNode | null>[] {
  if (representations.length > MAX_ENTITIES) {
    throw new BadUserInputError(`representations must be at most ${MAX_ENTITIES}; got ${representations.length}.`);
  }
  return representations.map(async ({ __typename, id }) =>
    typeOfId(id) === __typename ? await nodeById(context, id) : null,
  );
}
