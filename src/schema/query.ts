import type { Viewer } from '../domain/viewer.ts';
import { nodeById, nodesById } from '../resolvers/nodes.ts';
import { listPortfolios, portfolioById } from '../resolvers/portfolios.ts';
import { transactionById } from '../resolvers/transactions.ts';
import { viewerUser } from '../resolvers/users.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import type { SchemaParts } from './parts.ts';
import { shown } from './shown.ts';

export function addQuery(parts: SchemaParts): void {
  const { builder, node, refs, pageInfo } = parts;
  const portfolios = connectionType(builder, { name: 'Portfolio', what: 'portfolios', node: refs.portfolio, pageInfo });
  const portfolioFilter = builder.inputType('PortfolioFilter', {
    description: 'Which portfolios; all conditions must hold.',
    fields: (t) => ({
      ownerId: t.id({ description: 'Owned by this user.' }),
      externalId: t.string({ description: "With this id of the integrator's own. Neither ' nor * may be in it." }),
      withPendingDivestment: t.boolean({ description: 'true: with money reserved for withdrawal; false: without.' }),
    }),
  });
  const viewer = builder.objectRef<Viewer>('Viewer').implement({
    description: 'Whoever asks.',
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: 'The InvestSuite user id, or the subject of the token.',
        resolve: (it) => it.userId ?? it.subject,
      }),
      user: t.field({
        type: refs.user,
        description: 'The viewer as a customer; null for an operator that is none.',
        resolve: (_viewer, _args, context) => viewerUser(context),
      }),
      portfolios: t.field({
        type: portfolios,
        description: 'The portfolios that the viewer may see: own ones, all for operators.',
        args: pageArgs(t.arg),
        complexity: listComplexity,
        resolve: shown((_viewer, args, context) => listPortfolios(context, args)),
      }),
    }),
  });
  builder.queryType({
    description: 'What can be asked.',
    fields: (t) => ({
      node: t.field({
        type: node,
        description:
          'Any object by its id. A transaction is found once the gateway has seen it, since its id does not tell its portfolio.',
        args: { id: t.arg.id({ required: true, description: 'Id of a portfolio, a transaction, a user and so on.' }) },
        resolve: (_root, { id }, context) => nodeById(context, id),
      }),
      nodes: t.field({
        type: [node],
        nullable: { list: false, items: true },
        description: 'Several objects by their ids, in the same order; null for one that is not there.',
        args: { ids: t.arg.idList({ required: true, description: 'At most 100 ids.' }) },
        complexity: (args) => ({ field: 1, multiplier: Math.min(args.ids.length, 101) }),
        resolve: (_root, { ids }, context) => nodesById(context, ids),
      }),
      viewer: t.field({
        type: viewer,
        nullable: false,
        description: 'Whoever asks.',
        resolve: (_root, _args, context) => context.viewer,
      }),
      portfolio: t.field({
        type: refs.portfolio,
        description: 'A portfolio; null where there is none that the viewer may see.',
        args: { id: t.arg.id({ required: true, description: 'InvestSuite’s id of it: P and 26 characters.' }) },
        resolve: (_root, { id }, context) => portfolioById(context, id),
      }),
      portfolios: t.field({
        type: portfolios,
        description: 'The portfolios that the viewer may see: own ones, all for operators.',
        args: {
          ...pageArgs(t.arg),
          filter: t.arg({ type: portfolioFilter, description: 'Which portfolios; all when left out.' }),
        },
        complexity: listComplexity,
        resolve: shown((_root, { filter, ...page }, context) => listPortfolios(context, page, filter ?? {})),
      }),
      transaction: t.field({
        type: refs.transaction,
        description: 'A transaction; null where there is none in a portfolio that the viewer may see.',
        args: {
          portfolioId: t.arg.id({ required: true, description: 'The portfolio it belongs to.' }),
          id: t.arg.id({ required: true, description: 'InvestSuite’s id of it: T and 26 characters.' }),
        },
        resolve: (_root, ids, context) => transactionById(context, ids),
      }),
    }),
  });
}
