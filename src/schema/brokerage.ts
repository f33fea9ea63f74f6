import type { BrokerOrder, Position, ReferenceAccount } from '../domain/broker.ts';
import type { Reconciliation, ReconciliationDifference } from '../domain/reconciliation.ts';
import type { BrokerageAccount } from '../resolvers/brokerage.ts';
import { vouched } from './builder.ts';
import { connectionType } from './connections.ts';
import type { SchemaParts } from './parts.ts';

/**
 * The broker's side of a portfolio. These types hang on a portfolio only, so its rule guards them; cash, which can be
 * followed by itself as well, has its own.
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
    description: "The broker's side of a portfolio: the ids that link the two systems, and where to pay in.",
    fields: (t) => ({
      accountGroupId: t.exposeID('accountGroupId', {
        nullable: false,
        description: 'Upvest’s account group; one portfolio, one group.',
      }),
      brokerageUserId: t.exposeID('brokerageUserId', { description: 'Upvest’s user.' }),
      bankAccountNumber: t.exposeString('bankAccountNumber', { description: 'Account that the customer pays into.' }),
      paymentReference: t.exposeString('paymentReference', {
        description: 'What to write on the payment, for pooled accounts.',
      }),
    }),
  });
}

const EXACT = 'Exact, as the broker has it; not to be derived from the other fields.';

function addCashBalance({ builder, refs }: SchemaParts) {
  return builder.objectType(refs.cashBalance, {
    description: 'Cash at the broker in one currency.',
    authScopes: vouched,
    fields: (t) => ({
      accountGroupId: t.exposeID('accountGroupId', {
        nullable: false,
        description: 'The account group that holds it.',
      }),
      currency: t.expose('currency', {
        type: 'CurrencyCode',
        nullable: false,
        description: 'Currency of all amounts here.',
      }),
      balance: t.expose('balance', {
        type: 'Decimal',
        nullable: false,
        description: `Total cash; may be negative. ${EXACT}`,
      }),
      lockedForTrading: t.expose('lockedForTrading', {
        type: 'Decimal',
        nullable: false,
        description: `Held by open orders. ${EXACT}`,
      }),
      pendingSettlement: t.expose('pendingSettlement', {
        type: 'Decimal',
        nullable: false,
        description: `From sales that have not settled: can be traded, not paid out. ${EXACT}`,
      }),
      availableForWithdrawal: t.expose('availableForWithdrawal', {
        type: 'Decimal',
        nullable: false,
        description: `Most that can be paid out now; may be negative. ${EXACT}`,
      }),
      availableForTrading: t.expose('availableForTrading', {
        type: 'Decimal',
        nullable: false,
        description: `Most that new orders can use; may be negative. ${EXACT}`,
      }),
    }),
  });
}

function addPosition({ builder }: SchemaParts) {
  return builder.objectRef<Position>('Position').implement({
    description: 'An instrument held at the broker.',
    fields: (t) => ({
      accountId: t.exposeID('accountId', { nullable: false, description: 'The account that holds it.' }),
      isin: t.exposeString('isin', { description: 'ISIN of the instrument.' }),
      quantity: t.expose('quantity', { type: 'Decimal', nullable: false, description: 'Units held.' }),
      lockedForTrading: t.expose('lockedForTrading', {
        type: 'Decimal',
        nullable: false,
        description: 'Units held by open orders.',
      }),
      pendingSettlement: t.expose('pendingSettlement', {
        type: 'Decimal',
        nullable: false,
        description: 'Units that have not settled.',
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
        description: 'Give it as referenceAccountId when several are registered.',
      }),
      name: t.exposeString('name', { description: 'What the customer calls it.' }),
      owner: t.exposeString('owner', { description: 'In whose name it is.' }),
      iban: t.exposeString('iban', { description: 'IBAN, masked.' }),
    }),
  });
}

function addOrder({ builder, enums }: SchemaParts) {
  return builder.objectRef<BrokerOrder>('BrokerOrder').implement({
    description: 'An order at the broker.',
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Upvest’s id of the order.' }),
      accountId: t.exposeID('accountId', { nullable: false, description: 'The account it trades for.' }),
      side: t.expose('side', { type: enums.OrderSide, description: 'Whether it buys or sells.' }),
      instrumentId: t.exposeString('instrumentId', { nullable: false, description: 'ISIN of the instrument.' }),
      status: t.expose('status', { type: enums.BrokerOrderStatus, nullable: false, description: 'How far it is.' }),
      orderType: t.exposeString('orderType', { description: 'MARKET, LIMIT or STOP.' }),
      quantity: t.expose('quantity', { type: 'Decimal', description: 'Units ordered; 0 for an order by amount.' }),
      cashAmount: t.expose('cashAmount', {
        type: 'Decimal',
        description: 'Money to spend or get, for an order by amount.',
      }),
      currency: t.expose('currency', { type: 'CurrencyCode', description: 'Currency of cashAmount and limitPrice.' }),
      limitPrice: t.expose('limitPrice', { type: 'Decimal', description: 'Limit, for limit orders.' }),
      clientReference: t.exposeString('clientReference', { description: 'Reference given by whoever placed it.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the broker took it.' }),
    }),
  });
}

function addReconciliation({ builder }: SchemaParts) {
  const difference = builder.objectRef<ReconciliationDifference>('ReconciliationDifference').implement({
    description: 'A line that differs. difference = investsuite - upvest; a side that has no such line counts as 0.',
    fields: (t) => ({
      instrumentId: t.exposeString('instrumentId', {
        nullable: false,
        description: '$CCY for cash, otherwise the ISIN.',
      }),
      investsuite: t.expose('investsuite', {
        type: 'Decimal',
        nullable: false,
        description: 'What InvestSuite holds.',
      }),
      upvest: t.expose('upvest', { type: 'Decimal', nullable: false, description: 'What Upvest holds.' }),
      difference: t.expose('difference', {
        type: 'Decimal',
        nullable: false,
        description: 'investsuite - upvest, exactly.',
      }),
    }),
  });
  return builder.objectRef<Reconciliation>('Reconciliation').implement({
    description: 'InvestSuite and Upvest side by side: cash and positions.',
    fields: (t) => ({
      inSync: t.exposeBoolean('inSync', { nullable: false, description: 'True where nothing differs.' }),
      differences: t.expose('differences', {
        type: [difference],
        nullable: { list: false, items: false },
        description: 'Each line that differs.',
      }),
    }),
  });
}
