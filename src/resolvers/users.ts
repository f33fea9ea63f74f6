import { parseUserId, type UserId } from '../domain/ids.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { User } from '../domain/user.ts';
import { maySeeUser } from './access.ts';
import type { RequestContext } from './context.ts';

/** The user; null where there is none or the viewer is someone else. */
export async function userById(context: RequestContext, id: string): Promise<User | null> {
  const userId = parseUserId(id);
  return userId === undefined ? null : await context.lookups.look(id, () => visibleUser(context, userId));
}

export async function ownerOf(context: RequestContext, portfolio: Portfolio): Promise<User | null> {
  return portfolio.ownerId === null ? null : await visibleUser(context, portfolio.ownerId);
}

/** The viewer's user in InvestSuite; null for an operator who is not a customer. */
export async function viewerUser(context: RequestContext): Promise<User | null> {
  return context.viewer.userId === null ? null : await visibleUser(context, context.viewer.userId);
}

async function visibleUser(context: RequestContext, id: UserId): Promise<User | null> {
  if (!maySeeUser(context.viewer, id)) return null;
  const user = await context.loaders.user.load(id);
  return user === null ? null : context.vouched.add(user);
}
