// Mercurius with JIT and loaders, as its documentation puts them together. With AUTH_JWKS_URL it also does what the gateway does of
// who may see what: it checks each request's token, and shows customers their own portfolios only.
import Fastify from 'fastify';
import { GraphQLScalarType } from 'graphql';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import mercurius from 'mercurius';
import { cashBalance, edges, listening, portfolio, portfolios, SDL, transactions } from './rest.mjs';

const { AUTH_JWKS_URL, AUTH_ISSUER, AUTH_AUDIENCE } = process.env;
const keys = AUTH_JWKS_URL === undefined ? undefined : createRemoteJWKSet(new URL(AUTH_JWKS_URL));
const context = async ({ headers }) => {
  const expected = { issuer: AUTH_ISSUER, audience: AUTH_AUDIENCE };
  return { user: (await jwtVerify(headers.authorization.slice('Bearer '.length), keys, expected)).payload.sub };
};
const ownedBy = ({ user }, portfolio) => (user === undefined || portfolio.ownerId === user ? portfolio : null);

const app = Fastify();
app.register(mercurius, {
  schema: SDL,
  jit: 1,
  ...(keys !== undefined && { context }),
  resolvers: {
    Decimal: new GraphQLScalarType({ name: 'Decimal', serialize: String }),
    Query: {
      portfolios: async (_root, { first, filter }, context) =>
        edges((await portfolios(first, filter)).filter((each) => ownedBy(context, each))),
      portfolio: async (_root, { id }, context) => ownedBy(context, await portfolio(id)),
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
