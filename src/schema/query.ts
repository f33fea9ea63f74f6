import { viewerId } from '../domain/viewer.ts';
import { nodeById, nodesById } from '../resolvers/nodes.ts';
import { listDriftedPortfolios } from '../resolvers/operations.ts';
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
    description: 'Filter of portfolios; all conditions must hold.',
    fields: (t) => ({
      ownerId: t.id({ description: 'Portfolios that this user owns.' }),
      externalId: t.string({ description: "Portfolios with this id of the integrator. It must not contain ' or *." }),
      withPendingDivestment: t.boolean({
        description: 'true: portfolios with money reserved for withdrawal; false: those without.',
      }),
    }),
  });
  builder.objectType(refs.viewer, {
    description: 'The caller of the query: a customer or an operator.',
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description:
          "Id of the viewer (vwr_…), never the id of an object that `node` finds. For the user's own id see `user`.",
        resolve: (it) => viewerId(it),
      }),
      scopes: t.stringList({
        nullable: false,
        description:
          'Permissions of the caller: portfolios:read, cash:withdraw, orders:place, operator (which includes the others).',
        resolve: ({ scopes }) => [...scopes],
      }),
      user: t.field({
        type: refs.user,
        description: 'The viewer as a customer; null for an operator who is not a customer.',
        resolve: (_viewer, _args, context) => viewerUser(context),
      }),
      portfolios: t.field({
        type: portfolios,
        description: "Portfolios that the viewer may see: a customer's own, for operators all.",
        args: pageArgs(t.arg),
        complexity: listComplexity,
        resolve: shown((_viewer, args, context) => listPortfolios(context, args)),
      }),
    }),
  });
  builder.queryType({
    description: 'Queries.',
    fields: (t) => ({
      node: t.field({
        type: node,
        description:
          'An object by its id; null where there is none that the viewer may see. A transaction is found once the gateway has seen it, since its id does not contain its portfolio.',
        args: {
          id: t.arg.id({
            required: true,
            description:
              'Id of a portfolio, a transaction, a user, a deposit, a withdrawal, a virtual cash movement or an instrument.',
          }),
        },
        resolve: (_root, { id }, context) => nodeById(context, id),
      }),
      nodes: t.field({
        type: [node],
        nullable: { list: false, items: true },
        description:
          'Objects by their ids, in the same order; null for one that does not exist or that the viewer must not see.',
        args: { ids: t.arg.idList({ required: true, description: 'The ids, at most 100.' }) },
        complexity: (args) => ({ field: 1, multiplier: Math.min(args.ids.length, 101) }),
        resolve: (_root, { ids }, context) => nodesById(context, ids),
      }),
      viewer: t.field({
        type: refs.viewer,
        nullable: false,
        description: 'The caller of the query.',
        resolve: (_root, _args, context) => context.viewer,
      }),
      portfolio: t.field({
        type: refs.portfolio,
        description: 'A portfolio by its id; null where there is none that the viewer may see.',
        args: {
          id: t.arg.id({ required: true, description: "InvestSuite's id of the portfolio: P and 26 characters." }),
        },
        resolve: (_root, { id }, context) => portfolioById(context, id),
      }),
      portfolios: t.field({
        type: portfolios,
        description: "Portfolios that the viewer may see: a customer's own, for operators all.",
        args: {
          ...pageArgs(t.arg),
          filter: t.arg({ type: portfolioFilter, description: 'Filter; all portfolios when left out.' }),
        },
        complexity: listComplexity,
        resolve: shown((_root, { filter, ...page }, context) => listPortfolios(context, page, filter ?? {})),
      }),
      driftedPortfolios: t.field({
        type: portfolios,
        nullable: false,
        description:
          'Portfolios that could not be brought to what the broker has, or with lines of its ledger that have no counterpart, by id; see their synchronization. Operators only.',
        args: pageArgs(t.arg),
        complexity: listComplexity,
        resolve: (_root, page, context) => listDriftedPortfolios(context, page),
      }),
      transaction: t.field({
        type: refs.transaction,
        description: 'A transaction by its ids; null where there is none that the viewer may see.',
        args: {
          portfolioId: t.arg.id({
            required: true,
            description: 'Id of the portfolio that the transaction belongs to.',
          }),
          id: t.arg.id({ required: true, description: "InvestSuite's id of the transaction: T and 26 characters." }),
        },
        resolve: (_root, ids, context) => transactionById(context, ids),
      }),
    }),
  });
}
