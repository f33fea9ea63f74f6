// Hive Gateway over the same REST, as its documentation and Mesh Compose's put them together: each upstream is a JSON schema
// subgraph, both are composed into a supergraph, and additional resolvers link and shape its rows. What the subgraphs can't
// give (connections, decimals as text, newest first, a map as a list) is made by the functions that all peers share.
import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { getUnifiedGraphGracefully } from '@graphql-mesh/fusion-composition';
import rest from '@graphql-mesh/transport-rest';
import { loadJSONSchemaSubgraph } from '@omnigraph/json-schema';
import { Response } from '@whatwg-node/fetch';
import { GraphQLScalarType } from 'graphql';
import {
  AUTHORIZED,
  ask,
  balanceIn,
  edges,
  investSuite,
  listening,
  newest,
  portfolioOf,
  SDL,
  signed,
  transactionOf,
  upvest,
} from './rest.mjs';

const endpoint = process.env.UPSTREAM_URL;
const object = (title, properties) => ({ type: 'object', title, properties });
const list = (items) => ({ type: 'array', items });
const TEXT = { type: 'string' };
const NUMBER = { type: 'number' };
const LIMIT = { argTypeMap: { limit: { type: 'integer' } }, queryParamArgMap: { limit: 'limit' } };
const get = (field, path, responseSchema, more) => ({
  type: 'Query',
  method: 'GET',
  field,
  path,
  responseSchema,
  ...more,
});

const PORTFOLIO = object('PortfolioRow', {
  id: TEXT,
  name: TEXT,
  base_currency: TEXT,
  portfolio: { type: 'object', additionalProperties: NUMBER },
  brokerage_account: object('BrokerageAccount', { brokerage_portfolio_id: TEXT }),
});
const MOVEMENT = object('MovementRow', {
  type: TEXT,
  status: TEXT,
  datetime: TEXT,
  instrument_id: TEXT,
  quantity: NUMBER,
  unit_price: NUMBER,
});
const TRANSACTION = object('TransactionRow', { id: TEXT, type: TEXT, movements: list(MOVEMENT) });
const CASH_BALANCE = object('CashBalanceRow', { currency: TEXT, balance: TEXT, available_for_withdrawal: TEXT });

const SUBGRAPHS = [
  loadJSONSchemaSubgraph('InvestSuite', {
    endpoint,
    operationHeaders: AUTHORIZED,
    operations: [
      get('portfolioPage', '/portfolios/', object('PortfolioPage', { results: list(PORTFOLIO) }), LIMIT),
      get(
        'transactionPage',
        '/portfolios/{args.portfolio}/transactions/',
        object('TransactionPage', { results: list(TRANSACTION) }),
        LIMIT,
      ),
    ],
  }),
  loadJSONSchemaSubgraph('Upvest', {
    endpoint,
    operations: [
      get(
        'cashBalancePage',
        '/account_groups/{args.group}/payments/cash_balances',
        object('CashBalancePage', { data: list(CASH_BALANCE) }),
      ),
    ],
  }),
];
const loaded = SUBGRAPHS.map(async (load) => {
  const { name, schema$ } = load({});
  return { name, schema: await schema$ };
});

/**
 * The other peers' HTTP client and pools. The gateway's own (node:http), with an agent of as many sockets, makes a dashboard a
 * tenth dearer, and fetch more than that. The Response is of the gateway's own kind: Node's costs 20 µs more for each call.
 */
async function response(pool, path, headers) {
  const { status, text } = await ask(pool, path, headers);
  return new Response(text, { status });
}

const gateway = createGatewayRuntime({
  supergraph: getUnifiedGraphGracefully(await Promise.all(loaded)),
  transports: { rest },
  additionalTypeDefs: SDL,
  additionalResolvers: {
    Decimal: new GraphQLScalarType({ name: 'Decimal', serialize: String }),
    Query: {
      portfolios: async (root, { first }, context, info) => {
        const { results } = await context.InvestSuite.Query.portfolioPage({
          root,
          args: { limit: first },
          context,
          info,
          selectionSet: '{ results { id name base_currency portfolio brokerage_account { brokerage_portfolio_id } } }',
        });
        return edges(results.map(portfolioOf));
      },
    },
    Portfolio: {
      cashBalance: async (root, _args, context, info) => {
        const { data } = await context.Upvest.Query.cashBalancePage({
          root,
          args: { group: root.group },
          context,
          info,
          selectionSet: '{ data { currency balance available_for_withdrawal } }',
        });
        return balanceIn(root.baseCurrency, data);
      },
      transactions: async (root, { first }, context, info) => {
        const { results } = await context.InvestSuite.Query.transactionPage({
          root,
          args: { portfolio: root.id, limit: 100 },
          context,
          info,
          selectionSet: '{ results { id type movements { type status datetime instrument_id quantity unit_price } } }',
        });
        return edges(newest(results, first).map(transactionOf));
      },
    },
  },
  plugins: () => [
    {
      onFetch({ url, options, executionRequest, setFetchFn }) {
        const path = url.slice(endpoint.length);
        setFetchFn(
          executionRequest.subgraphName === 'Upvest'
            ? async () => await response(upvest, path, await signed(path))
            : async () => await response(investSuite, path, options.headers),
        );
      },
    },
  ],
  // Off by default: who asks what is just being answered gets that answer, with what upstreams said before they asked.
  inboundInflightRequestDeduplication: process.env.SHARE === 'on',
  logging: false,
  requestId: false,
  graphiql: false,
  landingPage: false,
});
const server = createServer(gateway).listen(0, '127.0.0.1', () => listening(server.address().port));
