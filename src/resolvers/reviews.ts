import { resolveReview as commandResolveReview, type ResolveReviewInput, reviewsPage } from '../workflows/index.ts';
import { requireScope } from './access.ts';
import { type CashObject, rowPage } from './cash-requests.ts';
import { callerOf, named } from './commands.ts';
import type { RequestContext } from './context.ts';
import type { Connection, PageArguments } from './cursors.ts';
import type { Result } from './results.ts';

export interface Review {
  readonly subject: CashObject;
  /** Why the gateway needs an operator's decision. */
  readonly reason: string;
}

/** Objects in review, oldest first. Throws ForbiddenError for callers other than operators. */
export async function listReviews(context: RequestContext, page: PageArguments): Promise<Connection<Review>> {
  requireScope(context.viewer, 'operator');
  const { store } = context.services.money;
  const found = await rowPage(context, 'reviews', page, async (after, limit) =>
    (await reviewsPage(store, after, limit)).map((each) => each.object),
  );
  const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: { subject: node, reason: node.reason ?? '' } }));
  return { ...found, edges };
}

export async function resolveReview(
  context: RequestContext,
  input: ResolveReviewInput,
): Promise<Result<{ readonly subject: CashObject }>> {
  const result = await commandResolveReview(context.services.money, callerOf(context), input);
  if (result.kind !== 'success') return result;
  return named(context, 'subject', { ...result, value: result.value.object });
}
