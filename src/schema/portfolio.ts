import { shownRows } from '../domain/listing.ts';
import type { Optimization, RecommendedOrder } from '../domain/optimization.ts';
import { cashCurrency, type Divestment, type Holding, type Portfolio } from '../domain/portfolio.ts';
import {
  brokerageAccountOf,
  cashBalanceOf,
  cashBalancesOf,
  ordersOf,
  positionsOf,
  referenceAccountsOf,
} from '../resolvers/brokerage.ts';
import { optimizationOf } from '../resolvers/portfolios.ts';
import { reconciliationOf } from '../resolvers/reconciliation.ts';
import { transactionsOf } from '../resolvers/transactions.ts';
import { ownerOf } from '../resolvers/users.ts';
import { addBrokerage } from './brokerage.ts';
import { vouched } from './builder.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import type { SchemaParts } from './parts.ts';
import { shown } from './shown.ts';
import { addTransaction } from './transaction.ts';

export function addPortfolio(parts: SchemaParts): void {
  const { builder, enums, node, refs } = parts;
  const holding = addHoldings(parts);
  const divestment = addDivestment(parts);
  builder.objectType(refs.portfolio, {
    description: 'A portfolio: what InvestSuite holds, next to what the broker has for it.',
    interfaces: [node],
    isTypeOf: (value) => isPortfolio(value),
    authScopes: vouched,
    fields: (t) => ({
      externalId: t.exposeString('externalId', { description: "The integrator's own id." }),
      name: t.exposeString('name', { description: 'What the customer calls it.' }),
      baseCurrency: t.expose('baseCurrency', {
        type: 'CurrencyCode',
        nullable: false,
        description: 'Its currency; never changes.',
      }),
      moneyType: t.expose('moneyType', { type: enums.MoneyType, nullable: false, description: 'Real or play money.' }),
      manager: t.expose('manager', {
        type: enums.PortfolioManager,
        nullable: false,
        description: 'Who decides what it holds.',
      }),
      status: t.expose('status', { type: enums.PortfolioStatus, description: 'How far it is set up.' }),
      archived: t.exposeBoolean('archived', { description: 'True once it is put away; no money can be paid in then.' }),
      fundedSince: t.expose('fundedSince', { type: 'DateTime', description: 'When the first money had arrived.' }),
      version: t.exposeInt('version', { description: 'Rises by one with each change in InvestSuite.' }),
      owner: t.field({
        type: refs.user,
        description: 'The customer who owns it. Null where that is somebody else than the viewer.',
        resolve: (portfolio, _args, context) => ownerOf(context, portfolio),
      }),
      holdings: t.field({
        type: [holding],
        nullable: { list: false, items: false },
        description: 'What InvestSuite holds: cash and instruments.',
        resolve: shown(({ holdings, unreadableHoldings = [] }: Portfolio) => ({
          value: holdings,
          unreadable: unreadableHoldings,
        })),
      }),
      divestment: t.field({
        type: divestment,
        description: 'Money reserved for withdrawal in InvestSuite; null when none.',
        resolve: (portfolio) =>
          portfolio.divestment === null ? null : { ...portfolio.divestment, currency: portfolio.baseCurrency },
      }),
    }),
  });
  addBrokerFields(parts);
  addListFields(parts);
  builder.objectFields(refs.portfolio, (t) => ({
    optimization: t.field({
      type: addOptimization(parts),
      description:
        'Robo advisor only: the latest optimization; null for self-investor portfolios and where there is none.',
      resolve: (portfolio, _args, context) => optimizationOf(context, portfolio),
    }),
  }));
}

function addBrokerFields(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const brokerage = addBrokerage(parts);
  const items = { list: true, items: false } as const;
  builder.objectFields(refs.portfolio, (t) => ({
    brokerageAccount: t.field({
      type: brokerage.account,
      description: "The broker's side of this portfolio; null while it is not linked.",
      resolve: (portfolio, _args, context) => brokerageAccountOf(context, portfolio),
    }),
    cashBalance: t.field({
      type: brokerage.cashBalance,
      description: "The broker's cash balance in the base currency; null while the portfolio is not linked.",
      resolve: (portfolio, _args, context) => cashBalanceOf(context, portfolio),
    }),
    cashBalances: t.field({
      type: [brokerage.cashBalance],
      nullable: items,
      description: "The broker's cash balances in all currencies; null while the portfolio is not linked.",
      resolve: shown(async (portfolio, _args, context) => shownRows(await cashBalancesOf(context, portfolio))),
    }),
    positions: t.field({
      type: [brokerage.position],
      nullable: items,
      description: 'Instrument positions as the broker has them; null while the portfolio is not linked.',
      resolve: shown(async (portfolio, _args, context) => shownRows(await positionsOf(context, portfolio))),
    }),
    orders: t.field({
      type: brokerage.orders,
      description: "The broker's orders, newest first; null while the portfolio is not linked.",
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: shown((portfolio, args, context) => ordersOf(context, portfolio, args)),
    }),
    referenceAccounts: t.field({
      type: [brokerage.referenceAccount],
      nullable: items,
      description: 'Bank accounts that the broker may pay out to; the IBAN is masked.',
      resolve: shown(async (portfolio, _args, context) => shownRows(await referenceAccountsOf(context, portfolio))),
    }),
    reconciliation: t.field({
      type: brokerage.reconciliation,
      description: 'The two systems side by side: where cash and positions differ, and by how much.',
      resolve: (portfolio, _args, context) => reconciliationOf(context, portfolio),
    }),
  }));
}

function addListFields(parts: SchemaParts): void {
  const { builder, enums, refs, pageInfo } = parts;
  const transactions = connectionType(builder, {
    name: 'Transaction',
    what: 'transactions',
    node: addTransaction(parts),
    pageInfo,
  });
  const filter = builder.inputType('TransactionFilter', {
    description:
      "Which transactions; all conditions must hold. from is inclusive, to is exclusive; both compare the transaction's " +
      "date (its primary movement's).",
    fields: (t) => ({
      types: t.field({
        type: [enums.TransactionType],
        description: 'Any of these types. All where it is left out, null or an empty list.',
      }),
      statuses: t.field({
        type: [enums.MovementStatus],
        description: 'Any of these statuses. All where it is left out, null or an empty list.',
      }),
      instrumentId: t.string({ description: 'With a movement of this instrument ($CCY for cash).' }),
      from: t.field({ type: 'DateTime', description: 'Not before this time.' }),
      to: t.field({ type: 'DateTime', description: 'Before this time.' }),
    }),
  });
  builder.objectFields(refs.portfolio, (t) => ({
    transactions: t.field({
      type: transactions,
      description: 'Newest first by the date of the primary movement, then by id.',
      args: {
        ...pageArgs(t.arg),
        filter: t.arg({ type: filter, description: 'Which transactions; all when left out.' }),
      },
      complexity: listComplexity,
      resolve: shown((portfolio, { filter: wanted, ...page }, context) =>
        transactionsOf(context, portfolio, page, wanted ?? {}),
      ),
    }),
  }));
}

function addHoldings({ builder }: SchemaParts) {
  const holding = builder.interfaceRef<Holding>('Holding').implement({
    description: 'One line of a portfolio: cash or an instrument.',
    resolveType: (value) => (cashCurrency(value.instrumentId) === undefined ? 'InstrumentHolding' : 'CashHolding'),
    fields: (t) => ({
      instrumentId: t.exposeString('instrumentId', {
        nullable: false,
        description: '$CCY for cash, otherwise the instrument (ISIN).',
      }),
      quantity: t.expose('quantity', { type: 'Decimal', nullable: false, description: 'Units, or money for cash.' }),
    }),
  });
  builder.objectRef<Holding>('CashHolding').implement({
    description: 'Cash in one currency.',
    interfaces: [holding],
    fields: (t) => ({
      currency: t.field({
        type: 'CurrencyCode',
        nullable: false,
        description: 'The currency.',
        resolve: (value) => value.instrumentId.slice(1),
      }),
    }),
  });
  builder.objectRef<Holding>('InstrumentHolding').implement({
    description: 'Units of an instrument.',
    interfaces: [holding],
    fields: (t) => ({
      isin: t.exposeString('instrumentId', { nullable: false, description: 'ISIN of the instrument.' }),
    }),
  });
  return holding;
}

function addDivestment({ builder }: SchemaParts) {
  return builder.objectRef<Divestment & { readonly currency: string }>('Divestment').implement({
    description: 'Everything (InvestSuite writes 1e100) or an exact amount.',
    fields: (t) => ({
      everything: t.boolean({
        nullable: false,
        description: 'True where the whole portfolio is to be paid out; amount is null then.',
        resolve: (divestment) => divestment.kind === 'everything',
      }),
      amount: t.field({
        type: 'Decimal',
        description: 'The total that is reserved.',
        resolve: (divestment) => (divestment.kind === 'exactly' ? divestment.amount : null),
      }),
      currency: t.expose('currency', {
        type: 'CurrencyCode',
        nullable: false,
        description: "The portfolio's base currency.",
      }),
    }),
  });
}

function addOptimization({ builder, enums }: SchemaParts) {
  const order = builder.objectRef<RecommendedOrder>('RecommendedOrder').implement({
    description: 'An order that the robo advisor recommends.',
    fields: (t) => ({
      instrumentId: t.exposeString('instrumentId', { nullable: false, description: 'ISIN of the instrument.' }),
      shares: t.expose('shares', {
        type: 'Decimal',
        description: 'InvestSuite’s estimate in units, positive buys, negative sells; null where it gives none.',
      }),
      quantityType: t.expose('quantityType', {
        type: enums.QuantityType,
        nullable: false,
        description: 'What quantity counts.',
      }),
      quantity: t.expose('quantity', {
        type: 'Decimal',
        nullable: false,
        description:
          'What InvestSuite asks to order: units, or money where quantityType is AMOUNT. As InvestSuite has it, sign included.',
      }),
      expectedSharePrice: t.expose('expectedSharePrice', {
        type: 'Decimal',
        description: 'Expected price of one unit, in the base currency.',
      }),
      expectedTransactionCost: t.expose('expectedTransactionCost', {
        type: 'Decimal',
        description: 'Expected cost, in the base currency.',
      }),
    }),
  });
  return builder.objectRef<Optimization>('Optimization').implement({
    description:
      'The robo advisor’s latest computation. inProgress: InvestSuite is still computing; the rest is then null.',
    fields: (t) => ({
      id: t.id({ description: 'InvestSuite’s id of it.', resolve: (it) => (it.inProgress ? null : it.id) }),
      inProgress: t.exposeBoolean('inProgress', { nullable: false, description: 'Still being computed.' }),
      isRecommended: t.boolean({
        description: 'True where the orders are worth making.',
        resolve: (it) => (it.inProgress ? null : it.isRecommended),
      }),
      ownerChoice: t.string({
        description: 'What the customer decided (advisory): ACCEPT, REJECT, REOPTIMIZE or IGNORED.',
        resolve: (it) => (it.inProgress ? null : it.ownerChoice),
      }),
      orders: t.field({
        type: [order],
        nullable: { list: true, items: false },
        description: 'What to buy and sell; empty where the portfolio is as it should be.',
        resolve: shown((it: Optimization) =>
          it.inProgress ? { value: null, unreadable: [] } : { value: it.orders, unreadable: it.unreadableOrders ?? [] },
        ),
      }),
    }),
  });
}

const isPortfolio = (value: unknown): value is Portfolio =>
  typeof value === 'object' && value !== null && 'holdings' in value;
