import { requireScope } from './access.ts';
import type { RequestContext } from './context.ts';
import type { Connection, PageArguments } from './cursors.ts';
import { moneyPage } from './money.ts';
import type { Reviewable, ReviewInput } from './money-service.ts';
import type { Result } from './results.ts';

export type { Reviewable } from './money-service.ts';

export interface Review {
  readonly subject: Reviewable;
  /** What cannot be settled. */
  readonly reason: string;
}

/** What needs a person, oldest first. Throws ForbiddenError for anybody but operators. */
export async function listReviews(context: RequestContext, page: PageArguments): Promise<Connection<Review>> {
  requireScope(context.viewer, 'operator');
  const found = await moneyPage(context, 'reviews', page, (place) => context.services.money.reviews(place));
  const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: { subject: node, reason: node.reason ?? '' } }));
  return { ...found, edges };
}

export async function resolveReview(
  context: RequestContext,
  input: ReviewInput,
): Promise<Result<{ readonly subject: Reviewable }>> {
  const result = await context.services.money.resolveReview(context, input);
  if (result.kind === 'success') context.vouched.add(result.subject);
  return result;
}
