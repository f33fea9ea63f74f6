// Mercurius with JIT and loaders, as its documentation puts them together.
import Fastify from 'fastify';
import { GraphQLScalarType } from 'graphql';
import mercurius from 'mercurius';
import { cashBalance, edges, listening, portfolio, portfolios, SDL, transactions } from './rest.mjs';

const app = Fastify();
app.register(mercurius, {
  schema: SDL,
  jit: 1,
  resolvers: {
    Decimal: new GraphQLScalarType({ name: 'Decimal', serialize: String }),
    Query: {
      portfolios: async (_root, { first }) => edges(await portfolios(first)),
      portfolio: (_root, { id }) => portfolio(id),
    },
  },
  loaders: {
    Portfolio: {
      cashBalance: async (asked) => await Promise.all(asked.map(({ obj }) => cashBalance(obj.group, obj.baseCurrency))),
      transactions: async (asked) =>
        await Promise.all(asked.map(async ({ obj, params }) => edges(await transactions(obj.id, params.first)))),
    },
  },
});
await app.listen({ host: '127.0.0.1', port: 0 });
listening(app.server.address().port);
