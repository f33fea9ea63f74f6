import type { CashObject } from '../resolvers/cash-requests.ts';
import type { Success } from '../resolvers/results.ts';
import { listReviews, type Review, resolveReview } from '../resolvers/reviews.ts';
import { listComplexity, pageArgs } from './connections.ts';
import { resultType } from './failures.ts';
import { KEY, REPLAYED } from './mutations.ts';
import type { SchemaParts } from './parts.ts';

export function addReviews(parts: SchemaParts): void {
  addReviewFields(parts);
  addResolveReview(parts);
}

function addReviewFields(parts: SchemaParts): void {
  const { builder, reviewable, pageInfo } = parts;
  const edge = builder.objectRef<{ readonly cursor: string; readonly node: Review }>('ReviewEdge').implement({
    description: 'Edge of reviews: an object that needs an operator and its cursor.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', { nullable: false, description: 'Cursor of this edge, for `after`.' }),
      node: t.field({
        type: reviewable,
        nullable: false,
        description: 'The object that needs an operator.',
        resolve: ({ node }) => node.subject,
      }),
      reason: t.string({
        nullable: false,
        description: 'The question that the gateway cannot settle.',
        resolve: ({ node }) => node.reason,
      }),
    }),
  });
  const page = builder.objectRef<Awaited<ReturnType<typeof listReviews>>>('ReviewConnection').implement({
    description: 'A page of reviews.',
    fields: (t) => ({
      edges: t.expose('edges', {
        type: [edge],
        nullable: { list: false, items: false },
        description: 'Edges of this page.',
        complexity: { field: 0, multiplier: 1 },
      }),
      pageInfo: t.expose('pageInfo', {
        type: pageInfo,
        nullable: false,
        description: 'Position of this page in the list.',
      }),
    }),
  });
  builder.queryField('reviews', (t) =>
    t.field({
      type: page,
      nullable: false,
      description: 'Deposits, withdrawals and virtual cash movements in NEEDS_REVIEW, oldest first. Operators only.',
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: (_root, args, context) => listReviews(context, args),
    }),
  );
}

function addResolveReview(parts: SchemaParts): void {
  const { builder, reviewable } = parts;
  const outcome = builder.enumType('ReviewOutcome', {
    description: 'Outcome of the step in doubt, as the operator found it.',
    values: {
      DONE: { description: 'The step was done: the workflow goes on.' },
      NOT_DONE: { description: 'The step was not done: the workflow fails and releases what it reserved.' },
      RETRY: { description: 'The outcome is still unknown: the gateway asks the upstream again.' },
    } as const,
  });
  const input = builder.inputType('ResolveReviewInput', {
    description: 'Decision of an operator about an object in NEEDS_REVIEW. It is written to the audit log.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the object in NEEDS_REVIEW.' }),
      outcome: t.field({ type: outcome, required: true, description: 'Outcome that the operator found.' }),
      note: t.string({
        required: true,
        description: 'How the operator found out; kept in the history and in the audit log.',
      }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<{ readonly subject: CashObject }>>('ResolveReviewSuccess').implement({
    description: 'The review is resolved.',
    fields: (t) => ({
      subject: t.expose('subject', {
        type: reviewable,
        nullable: false,
        description: 'The reviewed object in its current state.',
      }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'ResolveReview', success, []);
  builder.mutationField('resolveReview', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: 'Ends a review with what an operator found out. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The decision.' }) },
      resolve: (_root, args, context) => resolveReview(context, args.input),
    }),
  );
}
