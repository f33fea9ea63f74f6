import type { Instrument } from '../domain/instrument.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { User } from '../domain/user.ts';
import { BadUserInputError } from '../errors.ts';
import { type CashObject, cashRequestById } from './cash-requests.ts';
import type { RequestContext } from './context.ts';
import { MAX_PAGE } from './cursors.ts';
import { instrumentById } from './instruments.ts';
import { portfolioById } from './portfolios.ts';
import { seenTransaction } from './transactions.ts';
import { userById } from './users.ts';

/** Types that `node` finds. Ids are those of their systems; the first letters give the type. */
export type AnyNode = Portfolio | Transaction | User | CashObject | Instrument;

interface Finder {
  readonly prefix: string;
  readonly type: string;
  readonly find: (context: RequestContext, id: string) => Promise<AnyNode | null>;
}

const FINDERS: readonly Finder[] = [
  { prefix: 'P', type: 'Portfolio', find: portfolioById },
  { prefix: 'T', type: 'Transaction', find: seenTransaction },
  { prefix: 'U', type: 'User', find: userById },
  { prefix: 'dep_', type: 'Deposit', find: cashRequestById },
  { prefix: 'wdr_', type: 'Withdrawal', find: cashRequestById },
  { prefix: 'ord_', type: 'Order', find: cashRequestById },
  { prefix: 'rbl_', type: 'Rebalancing', find: cashRequestById },
  { prefix: 'vcm_', type: 'VirtualCashMovement', find: cashRequestById },
  { prefix: 'ins_', type: 'Instrument', find: instrumentById },
];

const finderFor = (id: string): Finder | undefined => FINDERS.find(({ prefix }) => id.startsWith(prefix));

/** The type of an object with this id, whether or not it exists. */
export const typeOfId = (id: string): string | undefined => finderFor(id)?.type;

/** The object with this id; null where there is none that the viewer may see. */
export async function nodeById(context: RequestContext, id: string): Promise<AnyNode | null> {
  return (await finderFor(id)?.find(context, id)) ?? null;
}

/** The objects in the order of the ids. Throws BadUserInputError for more than 100. */
export function nodesById(context: RequestContext, ids: readonly string[]): Promise<AnyNode | null>[] {
  if (ids.length > MAX_PAGE) throw new BadUserInputError(`ids must be at most ${MAX_PAGE}; got ${ids.length}.`);
  return ids.map((id) => nodeById(context, id));
}
