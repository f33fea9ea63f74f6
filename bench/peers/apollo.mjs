// Apollo Server with DataLoader, standalone, as its documentation puts them together.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import DataLoader from 'dataloader';
import { GraphQLScalarType } from 'graphql';
import { cashBalance, edges, listening, portfolio, portfolios, SDL, transactions } from './rest.mjs';

const server = new ApolloServer({
  typeDefs: SDL,
  resolvers: {
    Decimal: new GraphQLScalarType({ name: 'Decimal', serialize: String }),
    Query: {
      portfolios: async (_root, { first, filter }) => edges(await portfolios(first, filter)),
      portfolio: (_root, { id }) => portfolio(id),
    },
    Portfolio: {
      cashBalance: (portfolio, _args, { loaders }) => loaders.cash.load(portfolio),
      transactions: (portfolio, { first }, { loaders }) => loaders.transactions.load({ portfolio, first }),
    },
  },
});
const { url } = await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: 0 },
  context: async () => ({
    loaders: {
      cash: new DataLoader(
        (asked) => Promise.all(asked.map(({ group, baseCurrency }) => cashBalance(group, baseCurrency))),
        {
          cacheKeyFn: ({ group }) => group,
        },
      ),
      transactions: new DataLoader(
        (asked) =>
          Promise.all(asked.map(async ({ portfolio, first }) => edges(await transactions(portfolio.id, first)))),
        { cacheKeyFn: ({ portfolio, first }) => `${portfolio.id} ${first}` },
      ),
    },
  }),
});
listening(new URL(url).port);
