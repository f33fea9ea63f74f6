import { shownRows } from '../domain/listing.ts';
import type { Optimization, RecommendedOrder } from '../domain/optimization.ts';
import { cashCurrency, type Divestment, type Holding, type Portfolio } from '../domain/portfolio.ts';
import {
  brokerageAccountOf,
  brokerOrdersOf,
  cashBalanceOf,
  cashBalancesOf,
  positionsOf,
  referenceAccountsOf,
} from '../resolvers/brokerage.ts';
import { instrumentOf } from '../resolvers/instruments.ts';
import { optimizationOf } from '../resolvers/portfolios.ts';
import { reconciliationOf } from '../resolvers/reconciliation.ts';
import { transactionsOf, transactionsOfViewer } from '../resolvers/transactions.ts';
import { ownerOf } from '../resolvers/users.ts';
import { addBrokerage } from './brokerage.ts';
import { vouched } from './builder.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import { INSTRUMENT } from './instrument.ts';
import type { SchemaParts } from './parts.ts';
import { shown } from './shown.ts';
import { addTransaction } from './transaction.ts';

export function addPortfolio(parts: SchemaParts): void {
  const { builder, enums, node, refs } = parts;
  const holding = addHoldings(parts);
  const divestment = addDivestment(parts);
  builder.objectType(refs.portfolio, {
    description: 'A portfolio: its data in InvestSuite and its account group at the broker.',
    interfaces: [node],
    isTypeOf: (value) => isPortfolio(value),
    authScopes: vouched,
    fields: (t) => ({
      externalId: t.exposeString('externalId', { description: 'Id that the integrator gave the portfolio.' }),
      name: t.exposeString('name', { description: 'Name that the customer gave the portfolio.' }),
      baseCurrency: t.expose('baseCurrency', {
        type: 'CurrencyCode',
        nullable: false,
        description: 'Base currency of the portfolio; never changes.',
      }),
      moneyType: t.expose('moneyType', {
        type: enums.MoneyType,
        nullable: false,
        description: 'Whether the portfolio holds real money.',
      }),
      manager: t.expose('manager', {
        type: enums.PortfolioManager,
        nullable: false,
        description: 'Manager of the portfolio.',
      }),
      status: t.expose('status', { type: enums.PortfolioStatus, description: 'Set-up status of the portfolio.' }),
      archived: t.exposeBoolean('archived', {
        description: 'Whether the portfolio is archived; an archived portfolio takes no deposits.',
      }),
      fundedSince: t.expose('fundedSince', {
        type: 'DateTime',
        description: 'Time at which the first deposit had arrived.',
      }),
      version: t.exposeInt('version', {
        description: 'Version number; InvestSuite increases it by one with each change.',
      }),
      owner: t.field({
        type: refs.user,
        description: 'The customer who owns the portfolio; null where the viewer is another customer.',
        resolve: (portfolio, _args, context) => ownerOf(context, portfolio),
      }),
      holdings: t.field({
        type: [holding],
        nullable: { list: false, items: false },
        description: 'Holdings in InvestSuite: cash and instruments.',
        resolve: shown(({ holdings, unreadableHoldings = [] }: Portfolio) => ({
          value: holdings,
          unreadable: unreadableHoldings,
        })),
      }),
      divestment: t.field({
        type: divestment,
        description: 'Money reserved for withdrawal in InvestSuite; null where there is none.',
        resolve: (portfolio) =>
          portfolio.divestment === null ? null : { ...portfolio.divestment, currency: portfolio.baseCurrency },
      }),
    }),
  });
  addBrokerFields(parts);
  addActivity(parts, addListFields(parts));
  builder.objectFields(refs.portfolio, (t) => ({
    optimization: t.field({
      type: addOptimization(parts),
      description:
        "The robo advisor's latest optimization; null for portfolios that the customer manages, and where there is none.",
      resolve: (portfolio, _args, context) => optimizationOf(context, portfolio),
    }),
  }));
}

function addBrokerFields(parts: SchemaParts): void {
  const { builder, enums, refs } = parts;
  const brokerage = addBrokerage(parts);
  const items = { list: true, items: false } as const;
  builder.objectFields(refs.portfolio, (t) => ({
    brokerageAccount: t.field({
      type: brokerage.account,
      description: "The broker's side of the portfolio; null while the portfolio is not linked.",
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
    brokerOrders: t.field({
      type: brokerage.orders,
      description:
        "All orders in the broker's order book for this portfolio, whoever placed them, newest first; null while the portfolio is not linked.",
      args: {
        ...pageArgs(t.arg),
        status: t.arg({ type: enums.BrokerOrderStatus, description: 'Only orders in this status.' }),
      },
      complexity: listComplexity,
      resolve: shown((portfolio, args, context) => brokerOrdersOf(context, portfolio, args)),
    }),
    referenceAccounts: t.field({
      type: [brokerage.referenceAccount],
      nullable: items,
      description:
        'Bank accounts that the broker may pay out to, with masked IBAN; null while the portfolio is not linked.',
      resolve: shown(async (portfolio, _args, context) => shownRows(await referenceAccountsOf(context, portfolio))),
    }),
    reconciliation: t.field({
      type: brokerage.reconciliation,
      description:
        'Comparison of InvestSuite and the broker: the cash and positions that differ, and by how much; null while the portfolio is not linked, and where a row cannot be read.',
      resolve: (portfolio, _args, context) => reconciliationOf(context, portfolio),
    }),
  }));
}

function addListFields(parts: SchemaParts) {
  const { builder, enums, refs, pageInfo } = parts;
  const transactions = connectionType(builder, {
    name: 'Transaction',
    what: 'transactions',
    node: addTransaction(parts),
    pageInfo,
  });
  const filter = builder.inputType('TransactionFilter', {
    description:
      'Filter of transactions; all conditions must hold. from is inclusive, to is exclusive; both compare the date of the primary movement.',
    fields: (t) => ({
      types: t.field({
        type: [enums.TransactionType],
        description: 'Transactions of one of these types; of all types where it is left out, null or empty.',
      }),
      statuses: t.field({
        type: [enums.MovementStatus],
        description: 'Transactions in one of these statuses; in all statuses where it is left out, null or empty.',
      }),
      instrumentId: t.string({ description: 'Transactions with a movement of this instrument ($CCY for cash).' }),
      from: t.field({ type: 'DateTime', description: 'Transactions at or after this time.' }),
      to: t.field({ type: 'DateTime', description: 'Transactions before this time.' }),
    }),
  });
  builder.objectFields(refs.portfolio, (t) => ({
    transactions: t.field({
      type: transactions,
      description: 'Transactions, newest first by the date of the primary movement, then by id.',
      args: {
        ...pageArgs(t.arg),
        filter: t.arg({ type: filter, description: 'Filter; all transactions when left out.' }),
      },
      complexity: listComplexity,
      resolve: shown((portfolio, { filter: wanted, ...page }, context) =>
        transactionsOf(context, portfolio, page, wanted ?? {}),
      ),
    }),
  }));
  return { transactions, filter };
}

function addActivity({ builder, refs }: SchemaParts, { transactions, filter }: ReturnType<typeof addListFields>): void {
  builder.objectFields(refs.viewer, (t) => ({
    transactions: t.field({
      type: transactions,
      description:
        'Transactions of all portfolios of the customer in one list, newest first. Null for operators, who ask portfolio by portfolio.',
      args: {
        ...pageArgs(t.arg),
        filter: t.arg({ type: filter, description: 'Filter; all transactions when left out.' }),
      },
      complexity: listComplexity,
      resolve: shown((_viewer, { filter: wanted, ...page }, context) =>
        transactionsOfViewer(context, page, wanted ?? {}),
      ),
    }),
  }));
}

function addHoldings({ builder, refs }: SchemaParts) {
  const holding = builder.interfaceRef<Holding>('Holding').implement({
    description: 'A holding of a portfolio: cash or an instrument.',
    resolveType: (value) => (cashCurrency(value.instrumentId) === undefined ? 'InstrumentHolding' : 'CashHolding'),
    fields: (t) => ({
      instrumentId: t.exposeString('instrumentId', {
        nullable: false,
        description: '$CCY for cash, otherwise the ISIN of the instrument.',
      }),
      quantity: t.expose('quantity', {
        type: 'Decimal',
        nullable: false,
        description: 'Quantity: units, or money for cash.',
      }),
    }),
  });
  builder.objectRef<Holding>('CashHolding').implement({
    description: 'Cash in one currency.',
    interfaces: [holding],
    fields: (t) => ({
      currency: t.field({
        type: 'CurrencyCode',
        nullable: false,
        description: 'Currency of the cash.',
        resolve: (value) => value.instrumentId.slice(1),
      }),
    }),
  });
  builder.objectRef<Holding>('InstrumentHolding').implement({
    description: 'Units of an instrument.',
    interfaces: [holding],
    fields: (t) => ({
      isin: t.exposeString('instrumentId', { nullable: false, description: 'ISIN of the instrument.' }),
      instrument: t.field({
        type: refs.instrument,
        description: INSTRUMENT,
        resolve: (holding, _args, context) => instrumentOf(context, holding.instrumentId),
      }),
    }),
  });
  return holding;
}

function addDivestment({ builder }: SchemaParts) {
  return builder.objectRef<Divestment & { readonly currency: string }>('Divestment').implement({
    description: 'Money reserved for withdrawal: everything (InvestSuite writes 1e100) or an exact amount.',
    fields: (t) => ({
      everything: t.boolean({
        nullable: false,
        description: 'True where the whole portfolio is to be paid out; amount is null then.',
        resolve: (divestment) => divestment.kind === 'everything',
      }),
      amount: t.field({
        type: 'Decimal',
        description: 'Total amount that is reserved; null where everything is.',
        resolve: (divestment) => (divestment.kind === 'exactly' ? divestment.amount : null),
      }),
      currency: t.expose('currency', {
        type: 'CurrencyCode',
        nullable: false,
        description: "Currency of the amount: the portfolio's base currency.",
      }),
    }),
  });
}

function addOptimization({ builder, enums, refs }: SchemaParts) {
  const order = builder.objectRef<RecommendedOrder>('RecommendedOrder').implement({
    description: 'An order that the robo advisor recommends.',
    fields: (t) => ({
      instrumentId: t.exposeString('instrumentId', { nullable: false, description: 'ISIN of the instrument.' }),
      instrument: t.field({
        type: refs.instrument,
        description: INSTRUMENT,
        resolve: (order, _args, context) => instrumentOf(context, order.instrumentId),
      }),
      shares: t.expose('shares', {
        type: 'Decimal',
        description: "InvestSuite's estimate in units: positive to buy, negative to sell; null where it gives none.",
      }),
      quantityType: t.expose('quantityType', {
        type: enums.QuantityType,
        nullable: false,
        description: 'Unit of quantity.',
      }),
      quantity: t.expose('quantity', {
        type: 'Decimal',
        nullable: false,
        description: 'Quantity to order: units, or money where quantityType is AMOUNT. Sign as InvestSuite has it.',
      }),
      expectedSharePrice: t.expose('expectedSharePrice', {
        type: 'Decimal',
        description: 'Expected price of one unit, in the base currency.',
      }),
      expectedTransactionCost: t.expose('expectedTransactionCost', {
        type: 'Decimal',
        description: 'Expected cost of the order, in the base currency.',
      }),
    }),
  });
  return builder.objectRef<Optimization>('Optimization').implement({
    description: 'An optimization by the robo advisor. All other fields are null while it is in progress.',
    fields: (t) => ({
      id: t.id({
        description: "InvestSuite's id of the optimization; null while in progress.",
        resolve: (it) => (it.inProgress ? null : it.id),
      }),
      inProgress: t.exposeBoolean('inProgress', {
        nullable: false,
        description: 'Whether InvestSuite is still computing.',
      }),
      isRecommended: t.boolean({
        description: 'Whether InvestSuite recommends the orders; null while in progress.',
        resolve: (it) => (it.inProgress ? null : it.isRecommended),
      }),
      ownerChoice: t.string({
        description:
          "The customer's decision (advisory portfolios): ACCEPT, REJECT, REOPTIMIZE or IGNORED; null where there is none.",
        resolve: (it) => (it.inProgress ? null : it.ownerChoice),
      }),
      orders: t.field({
        type: [order],
        nullable: { list: true, items: false },
        description: 'Recommended orders; empty where nothing needs to be traded, null while in progress.',
        resolve: shown((it: Optimization) =>
          it.inProgress ? { value: null, unreadable: [] } : { value: it.orders, unreadable: it.unreadableOrders ?? [] },
        ),
      }),
    }),
  });
}

const isPortfolio = (value: unknown): value is Portfolio =>
  typeof value === 'object' && value !== null && 'holdings' in value;
