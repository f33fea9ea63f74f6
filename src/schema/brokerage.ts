import type { BrokerOrder, Position, ReferenceAccount } from '../domain/broker.ts';
import { executionsOf, filledQuantity } from '../domain/broker-executions.ts';
import { isZero } from '../domain/decimal.ts';
import type { Reconciliation, ReconciliationDifference } from '../domain/reconciliation.ts';
import type { BrokerageAccount } from '../resolvers/brokerage.ts';
import { instrumentOf } from '../resolvers/instruments.ts';
import { vouched } from './builder.ts';
import { connectionType } from './connections.ts';
import { INSTRUMENT } from './instrument.ts';
import type { SchemaParts } from './parts.ts';
import { shown } from './shown.ts';

/**
 * The broker's side of a portfolio. These types are reached through a portfolio only, so its authorization guards them; cash
 * balances have their own, since a subscription returns them too.
 */
export function addBrokerage(parts: SchemaParts) {
  return {
    account: addBrokerageAccount(parts),
    cashBalance: addCashBalance(parts),
    position: addPosition(parts),
    referenceAccount: addReferenceAccount(parts),
    orders: connectionType(parts.builder, {
      name: 'BrokerOrder',
      what: "the broker's orders",
      node: addOrder(parts),
      pageInfo: parts.pageInfo,
    }),
    reconciliation: addReconciliation(parts),
  };
}

function addBrokerageAccount({ builder }: SchemaParts) {
  return builder.objectRef<BrokerageAccount>('BrokerageAccount').implement({
    description:
      "The broker's side of a portfolio: the ids that link it to InvestSuite, and the account that the customer pays into.",
    fields: (t) => ({
      accountGroupId: t.exposeID('accountGroupId', {
        nullable: false,
        description: "Upvest's id of the account group. A portfolio is linked to one account group.",
      }),
      brokerageUserId: t.exposeID('brokerageUserId', {
        description: "Upvest's id of the user who owns the account group; null where the link does not name one.",
      }),
      bankAccountNumber: t.exposeString('bankAccountNumber', {
        description: 'Number of the bank account that the customer pays into; null where there is none.',
      }),
      paymentReference: t.exposeString('paymentReference', {
        description: 'Payment reference that the customer must give, for pooled accounts; null otherwise.',
      }),
    }),
  });
}

const EXACT = 'The exact value of the broker: do not compute it from the other fields.';

function addCashBalance({ builder, refs }: SchemaParts) {
  return builder.objectType(refs.cashBalance, {
    description: 'Cash at the broker in one currency.',
    authScopes: vouched,
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: 'Id of the balance, for caches of clients: one for each account group and currency.',
        resolve: ({ accountGroupId, currency }) => `cash_${accountGroupId}_${currency}`,
      }),
      accountGroupId: t.exposeID('accountGroupId', {
        nullable: false,
        description: "Upvest's id of the account group that holds the cash.",
      }),
      currency: t.expose('currency', {
        type: 'CurrencyCode',
        nullable: false,
        description: 'Currency of all amounts of this balance.',
      }),
      balance: t.expose('balance', {
        type: 'Decimal',
        nullable: false,
        description: `Total cash; may be negative. ${EXACT}`,
      }),
      lockedForTrading: t.expose('lockedForTrading', {
        type: 'Decimal',
        nullable: false,
        description: `Cash held for open orders. ${EXACT}`,
      }),
      pendingSettlement: t.expose('pendingSettlement', {
        type: 'Decimal',
        nullable: false,
        description: `Cash from sales that have not settled: available for trading, not for withdrawal. ${EXACT}`,
      }),
      availableForWithdrawal: t.expose('availableForWithdrawal', {
        type: 'Decimal',
        nullable: false,
        description: `Cash that can be withdrawn now; may be negative. ${EXACT}`,
      }),
      availableForTrading: t.expose('availableForTrading', {
        type: 'Decimal',
        nullable: false,
        description: `Cash that new orders can use; may be negative. ${EXACT}`,
      }),
    }),
  });
}

function addPosition({ builder, refs }: SchemaParts) {
  return builder.objectRef<Position>('Position').implement({
    description: 'Units of an instrument at the broker.',
    fields: (t) => ({
      accountId: t.exposeID('accountId', {
        nullable: false,
        description: "Upvest's id of the account that holds the position.",
      }),
      isin: t.exposeString('isin', { description: 'ISIN of the instrument; null where the broker names none.' }),
      instrument: t.field({
        type: refs.instrument,
        description: INSTRUMENT,
        resolve: (position, _args, context) => instrumentOf(context, position.isin),
      }),
      quantity: t.expose('quantity', { type: 'Decimal', nullable: false, description: 'Number of units held.' }),
      lockedForTrading: t.expose('lockedForTrading', {
        type: 'Decimal',
        nullable: false,
        description: 'Units held for open orders.',
      }),
      pendingSettlement: t.expose('pendingSettlement', {
        type: 'Decimal',
        nullable: false,
        description: 'Units from trades that have not settled.',
      }),
      availableForTrading: t.expose('availableForTrading', {
        type: 'Decimal',
        nullable: false,
        description: 'Units that can be sold now.',
      }),
    }),
  });
}

function addReferenceAccount({ builder }: SchemaParts) {
  return builder.objectRef<ReferenceAccount>('ReferenceAccount').implement({
    description: 'A bank account that the broker may pay out to.',
    fields: (t) => ({
      id: t.exposeID('id', {
        nullable: false,
        description: "Upvest's id of the reference account, for referenceAccountId of a withdrawal.",
      }),
      name: t.exposeString('name', { description: 'Name that the customer gave the account.' }),
      owner: t.exposeString('owner', { description: "Name of the account's holder." }),
      iban: t.exposeString('iban', { description: 'IBAN of the account, masked.' }),
    }),
  });
}

function addOrder({ builder, enums, refs }: SchemaParts) {
  return builder.objectRef<BrokerOrder>('BrokerOrder').implement({
    description: "An order in the broker's order book.",
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: "Upvest's id of the order." }),
      accountId: t.exposeID('accountId', {
        nullable: false,
        description: "Upvest's id of the account that the order trades for.",
      }),
      side: t.expose('side', { type: enums.OrderSide, description: 'Whether the order buys or sells.' }),
      instrumentId: t.exposeString('instrumentId', { nullable: false, description: 'ISIN of the instrument.' }),
      instrument: t.field({
        type: refs.instrument,
        description: INSTRUMENT,
        resolve: (order, _args, context) => instrumentOf(context, order.instrumentId),
      }),
      status: t.expose('status', {
        type: enums.BrokerOrderStatus,
        nullable: false,
        description: 'Status of the order at the broker.',
      }),
      orderType: t.exposeString('orderType', {
        description: "Type of the order in Upvest's words: MARKET, LIMIT or STOP.",
      }),
      quantity: t.field({
        type: 'Decimal',
        description: 'Units ordered; null for an order by amount.',
        resolve: ({ quantity }) => (quantity === null || isZero(quantity) ? null : quantity),
      }),
      filledQuantity: t.field({
        type: 'Decimal',
        description: 'Units of all executions that stand; null where an execution does not say how many.',
        resolve: (order) => filledQuantity(order),
      }),
      cashAmount: t.expose('cashAmount', {
        type: 'Decimal',
        description: 'Money to spend or to receive, for an order by amount.',
      }),
      currency: t.expose('currency', { type: 'CurrencyCode', description: 'Currency of cashAmount and limitPrice.' }),
      limitPrice: t.expose('limitPrice', {
        type: 'Decimal',
        description: 'Limit price of one unit, for limit orders.',
      }),
      stopPrice: t.expose('stopPrice', { type: 'Decimal', description: 'Stop price of one unit, for stop orders.' }),
      expiresOn: t.expose('expiresOn', { type: 'Date', description: 'Last day on which the order may be executed.' }),
      fee: t.expose('fee', {
        type: 'Decimal',
        description: "The broker's fee for the order; null where there is none.",
      }),
      cancellationReason: t.exposeString('cancellationReason', {
        description: "Why the broker cancelled the order, in Upvest's words; null otherwise.",
      }),
      initiationFlow: t.exposeString('initiationFlow', {
        description: "Origin of the order, in Upvest's words: API, SAVINGS_PLAN, CASH_DIVIDEND_REINVESTMENT and so on.",
      }),
      executions: t.field({
        type: [refs.execution],
        nullable: { list: false, items: false },
        description: 'Executions of the order, as the broker lists them.',
        resolve: shown((order: BrokerOrder) => executionsOf(order)),
      }),
      clientReference: t.exposeString('clientReference', {
        description: 'Reference that the client gave when it placed the order.',
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        description: 'Time at which the broker accepted the order.',
      }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'Time at which the order changed last.' }),
    }),
  });
}

function addReconciliation({ builder }: SchemaParts) {
  const difference = builder.objectRef<ReconciliationDifference>('ReconciliationDifference').implement({
    description: 'A holding that differs. difference = investsuite - upvest; a system without the holding counts as 0.',
    fields: (t) => ({
      instrumentId: t.exposeString('instrumentId', {
        nullable: false,
        description: '$CCY for cash, otherwise the ISIN of the instrument.',
      }),
      investsuite: t.expose('investsuite', {
        type: 'Decimal',
        nullable: false,
        description: 'Quantity that InvestSuite holds.',
      }),
      upvest: t.expose('upvest', { type: 'Decimal', nullable: false, description: 'Quantity that Upvest holds.' }),
      difference: t.expose('difference', {
        type: 'Decimal',
        nullable: false,
        description: 'investsuite - upvest, exact.',
      }),
    }),
  });
  return builder.objectRef<Reconciliation>('Reconciliation').implement({
    description: 'Comparison of cash and positions in InvestSuite and Upvest.',
    fields: (t) => ({
      inSync: t.exposeBoolean('inSync', { nullable: false, description: 'True where nothing differs.' }),
      differences: t.expose('differences', {
        type: [difference],
        nullable: { list: false, items: false },
        description: 'The holdings that differ.',
      }),
    }),
  });
}
