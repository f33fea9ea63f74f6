import type { Portfolio } from '../domain/portfolio.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { User } from '../domain/user.ts';
import { BadUserInputError } from '../errors.ts';
import type { RequestContext } from './context.ts';
import { MAX_PAGE } from './cursors.ts';
import { type Money, moneyById } from './money.ts';
import { portfolioById } from './portfolios.ts';
import { seenTransaction } from './transactions.ts';
import { userById } from './users.ts';

/** What `node` can find. Ids are those of the systems they come from; their first letters tell the type. */
export type AnyNode = Portfolio | Transaction | User | Money;

const FINDERS: readonly [prefix: string, find: (context: RequestContext, id: string) => Promise<AnyNode | null>][] = [
  ['P', portfolioById],
  ['T', seenTransaction],
  ['U', userById],
  ['dep_', moneyById],
  ['wdr_', moneyById],
  ['vcm_', moneyById],
];

/** The object with this id, or null where there is none that the viewer may see. */
export async function nodeById(context: RequestContext, id: string): Promise<AnyNode | null> {
  const finder = FINDERS.find(([prefix]) => id.startsWith(prefix));
  return finder === undefined ? null : await finder[1](context, id);
}

/** The objects in the order of the ids. Throws BadUserInputError for more than 100. */
export function nodesById(context: RequestContext, ids: readonly string[]): Promise<AnyNode | null>[] {
  if (ids.length > MAX_PAGE) throw new BadUserInputError(`ids must be at most ${MAX_PAGE}; got ${ids.length}.`);
  return ids.map((id) => nodeById(context, id));
}
