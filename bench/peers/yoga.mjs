// Yoga with Pothos and its DataLoader plugin, as their documentation puts them together.
import { createServer } from 'node:http';
import SchemaBuilder from '@pothos/core';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import { createYoga } from 'graphql-yoga';
import { cashBalance, edges, listening, portfolio, portfolios, transactions } from './rest.mjs';

const builder = new SchemaBuilder({ plugins: [DataloaderPlugin] });
builder.scalarType('Decimal', { serialize: String });
const first = (t) => ({ first: t.arg.int({ defaultValue: 20 }) });
const connection = (name, node) => {
  const edge = builder.objectRef(`${name}Edge`).implement({
    fields: (t) => ({ node: t.field({ type: node, nullable: false, resolve: (parent) => parent.node }) }),
  });
  return builder.objectRef(`${name}Connection`).implement({
    fields: (t) => ({ edges: t.field({ type: [edge], nullable: false, resolve: (parent) => parent.edges }) }),
  });
};
const Holding = builder.objectRef('Holding').implement({
  fields: (t) => ({
    instrumentId: t.exposeString('instrumentId', { nullable: false }),
    quantity: t.expose('quantity', { type: 'Decimal', nullable: false }),
  }),
});
const CashBalance = builder.objectRef('CashBalance').implement({
  fields: (t) => ({
    balance: t.expose('balance', { type: 'Decimal', nullable: false }),
    availableForWithdrawal: t.expose('availableForWithdrawal', { type: 'Decimal', nullable: false }),
  }),
});
const Movement = builder.objectRef('Movement').implement({
  fields: (t) => ({
    type: t.exposeString('type', { nullable: false }),
    status: t.exposeString('status', { nullable: false }),
    instrumentId: t.exposeString('instrumentId', { nullable: false }),
    quantity: t.expose('quantity', { type: 'Decimal', nullable: false }),
    unitPrice: t.expose('unitPrice', { type: 'Decimal', nullable: true }),
  }),
});
const Transaction = builder.objectRef('Transaction').implement({
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false }),
    type: t.exposeString('type', { nullable: false }),
    status: t.exposeString('status', { nullable: false }),
    movements: t.expose('movements', { type: [Movement], nullable: false }),
  }),
});
const TransactionConnection = connection('Transaction', Transaction);
const Portfolio = builder.objectRef('Portfolio').implement({
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false }),
    name: t.exposeString('name', { nullable: true }),
    baseCurrency: t.exposeString('baseCurrency', { nullable: false }),
    holdings: t.expose('holdings', { type: [Holding], nullable: true }),
    cashBalance: t.loadable({
      type: CashBalance,
      nullable: true,
      resolve: ({ group, baseCurrency }) => `${group} ${baseCurrency}`,
      load: (keys) => Promise.all(keys.map((key) => cashBalance(...key.split(' ')))),
    }),
    transactions: t.loadable({
      type: TransactionConnection,
      nullable: true,
      args: first(t),
      resolve: ({ id }, args) => `${id} ${args.first}`,
      load: (keys) =>
        Promise.all(
          keys.map(async (key) => {
            const [id, count] = key.split(' ');
            return edges(await transactions(id, Number(count)));
          }),
        ),
    }),
  }),
});
const PortfolioConnection = connection('Portfolio', Portfolio);
const PortfolioFilter = builder.inputType('PortfolioFilter', { fields: (t) => ({ ownerId: t.id() }) });
builder.queryType({
  fields: (t) => ({
    portfolios: t.field({
      type: PortfolioConnection,
      nullable: true,
      args: { ...first(t), filter: t.arg({ type: PortfolioFilter }) },
      resolve: async (_root, args) => edges(await portfolios(args.first, args.filter)),
    }),
    portfolio: t.field({
      type: Portfolio,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (_root, args) => portfolio(args.id),
    }),
  }),
});
const yoga = createYoga({ schema: builder.toSchema(), logging: false, graphiql: false, landingPage: false });
const server = createServer(yoga).listen(0, '127.0.0.1', () => listening(server.address().port));
