import type { InterfaceRef } from '@pothos/core';
import {
  type CashBalanceNotification,
  type CashTransactionNotification,
  type DepositNotification,
  endOfNotifications,
  type GapNotification,
  listNotifications,
  type Notification,
  type OptimizationNotification,
  type OrderNotification,
  type OtherNotification,
  type PortfolioNotification,
  portfolioOfNotification,
  type RebalancingNotification,
  type SynchronizationNotification,
  transactionOfNotification,
  type ValuationNotification,
  type VirtualCashNotification,
  type WithdrawalNotification,
} from '../resolvers/notifications.ts';
import { type SchemaTypes, vouched } from './builder.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import { addEnum } from './enums.ts';
import type { SchemaParts } from './parts.ts';

export type NotificationRef = InterfaceRef<PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>, Notification>;

export const NOTIFICATION_ARGS = {
  portfolioId:
    'Only notifications of this portfolio. Where it is left out, a customer gets those of all own portfolios and an operator gets all, also those without a portfolio.',
  after:
    'The id of the last notification that the client has seen: the list begins after it. Empty means the same as left out.',
} as const;

/** Types of the event log, and the fields that read it. */
export function addNotifications(parts: SchemaParts): NotificationRef {
  const notification = addNotification(parts);
  const members = { ...parts, notification };
  addBrokerMembers(members);
  addWorthMembers(members);
  addMoneyMembers(members);
  addRebalancingMember(members);
  addInvestSuiteMembers(members);
  addSynchronizationMember(members);
  addOtherMembers(members);
  addNotificationsField(members);
  return notification;
}

type Members = SchemaParts & { readonly notification: NotificationRef };

function addNotification({ builder }: SchemaParts): NotificationRef {
  const source = addEnum(
    builder,
    'NotificationSource',
    'The system that reported an event.',
    ['INVESTSUITE', 'UPVEST', 'GATEWAY'] as const,
    {
      INVESTSUITE: 'InvestSuite reported the event on its event bus.',
      UPVEST: 'Upvest reported the event by webhook.',
      GATEWAY: 'The gateway changed the state of a deposit, a withdrawal or a virtual cash movement.',
    },
  );
  return builder.interfaceRef<Notification>('Notification').implement({
    description:
      'An event of the event log. id is its position as an opaque cursor: give the id of the last notification that you have seen as `after` and the stream resumes after it, with no event lost and none repeated, over WebSocket and SSE. Can also be read as a list.',
    resolveType: ({ shape }) => shape,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Cursor of this notification, for `after`.' }),
      source: t.expose('source', { type: source, nullable: false, description: 'The system that reported the event.' }),
      type: t.exposeString('type', {
        nullable: false,
        description: 'Type of the event, in the words of the system that reported it.',
      }),
      occurredAt: t.expose('occurredAt', {
        type: 'DateTime',
        nullable: false,
        description: 'Time of the event, as the system reported it.',
      }),
      receivedAt: t.expose('receivedAt', {
        type: 'DateTime',
        nullable: false,
        description: 'Time at which the gateway received the event.',
      }),
      portfolioId: t.exposeID('portfolioId', {
        description:
          'Id of the portfolio of the event; null for an event without a portfolio, which only operators see.',
      }),
    }),
  });
}

function addBrokerMembers({ builder, notification, refs }: Members): void {
  builder.objectRef<CashBalanceNotification>('CashBalanceNotification').implement({
    description: "The broker's cash balance has changed.",
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      cashBalance: t.expose('cashBalance', {
        type: refs.cashBalance,
        nullable: false,
        description: 'The balance that the broker reported with the event.',
      }),
    }),
  });
  builder.objectRef<OrderNotification>('OrderNotification').implement({
    description: 'The broker has changed an order, or executed, settled or cancelled a part of it.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      transaction: t.field({
        type: refs.transaction,
        description: "InvestSuite's transaction of the order in its current state; null where the gateway knows none.",
        resolve: (notification, _args, context) => transactionOfNotification(context, notification),
      }),
      order: t.expose('order', {
        type: refs.order,
        description: 'The order at the time of the event, where the gateway placed it; null otherwise.',
      }),
      orderId: t.exposeID('orderId', { description: "Upvest's id of the order." }),
      status: t.exposeString('status', { description: "Upvest's status of the order or of the execution." }),
    }),
  });
}

function addWorthMembers({ builder, notification, refs }: Members): void {
  builder.objectRef<ValuationNotification>('ValuationNotification').implement({
    description: 'The broker has valued the instruments of an account.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      accountId: t.exposeID('accountId', {
        nullable: false,
        description: "Upvest's id of the account; a portfolio with several accounts gets a notification for each.",
      }),
      securities: t.expose('securities', {
        type: 'Decimal',
        nullable: false,
        description: 'Value of the instruments of the account that have a price; its cash is not in it.',
      }),
      currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Currency of securities.' }),
    }),
  });
  builder.objectRef<CashTransactionNotification>('CashTransactionNotification').implement({
    description: 'The broker has booked a line in its cash ledger.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      cashTransaction: t.expose('cashTransaction', {
        type: refs.cashTransaction,
        nullable: false,
        description: 'The line as the broker reported it.',
      }),
    }),
  });
}

const AT_EVENT = 'State at the time of the event.';

function addMoneyMembers({ builder, notification, refs }: Members): void {
  builder.objectRef<DepositNotification>('DepositNotification').implement({
    description: 'A deposit has changed its state.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({ deposit: t.expose('deposit', { type: refs.deposit, nullable: false, description: AT_EVENT }) }),
  });
  builder.objectRef<WithdrawalNotification>('WithdrawalNotification').implement({
    description: 'A withdrawal has changed its state.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      withdrawal: t.expose('withdrawal', { type: refs.withdrawal, nullable: false, description: AT_EVENT }),
    }),
  });
  builder.objectRef<VirtualCashNotification>('VirtualCashNotification').implement({
    description: 'A virtual cash movement has changed its status.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      virtualCashMovement: t.expose('virtualCashMovement', {
        type: refs.virtualCash,
        nullable: false,
        description: AT_EVENT,
      }),
    }),
  });
}

function addRebalancingMember({ builder, notification, refs }: Members): void {
  builder.objectRef<RebalancingNotification>('RebalancingNotification').implement({
    description: 'A rebalancing has changed its state, or has ordered or skipped something.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      rebalancing: t.expose('rebalancing', {
        type: refs.rebalancing,
        nullable: false,
        description: `${AT_EVENT} Its orders are in their current state.`,
      }),
    }),
  });
}

function addInvestSuiteMembers({ builder, notification, refs }: Members): void {
  builder.objectRef<PortfolioNotification>('PortfolioNotification').implement({
    description: 'A portfolio was created or changed in InvestSuite.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      portfolio: t.field({
        type: refs.portfolio,
        description: 'The portfolio in its current state; null where the viewer must not see it.',
        resolve: (notification, _args, context) => portfolioOfNotification(context, notification),
      }),
    }),
  });
  builder.objectRef<OptimizationNotification>('OptimizationNotification').implement({
    description: 'The robo advisor has computed an optimization, or the owner has accepted or rejected one.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      optimizationId: t.exposeID('optimizationId', { description: "InvestSuite's id of the optimization." }),
      value: t.exposeString('value', { description: "Status of the optimization, or the owner's choice." }),
      isRecommended: t.exposeBoolean('isRecommended', {
        description: 'Whether InvestSuite recommends the optimization.',
      }),
    }),
  });
}

function addSynchronizationMember({ builder, enums, notification }: Members): void {
  builder.objectRef<SynchronizationNotification>('SynchronizationNotification').implement({
    description:
      "InvestSuite was brought to what the broker has, or differs and can't be: its type says whether of the holdings or of a line of the broker's ledger.",
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      state: t.expose('state', {
        type: enums.SynchronizationState,
        nullable: false,
        description: 'State of the synchronization at the time of the event.',
      }),
    }),
  });
}

function addOtherMembers({ builder, notification }: Members): void {
  builder.objectRef<OtherNotification>('OtherNotification').implement({
    description: 'An event for which the gateway has no own type: it is passed on, never dropped.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      payload: t.expose('payload', {
        type: 'JSON',
        nullable: false,
        description: 'The event as it was received. Numbers in it are strings.',
      }),
    }),
  });
  builder.objectRef<GapNotification>('GapNotification').implement({
    description:
      'Events before this one are no longer kept, or withheld since InvestSuite does not say whose they are: reload the state, then resume from here. Its type is GAP.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      reason: t.exposeString('reason', { nullable: false, description: 'Why the events are missing, in a sentence.' }),
    }),
  });
}

function addNotificationsField({ builder, notification, pageInfo }: Members): void {
  const page = connectionType(builder, {
    name: 'Notification',
    what: 'notifications',
    node: notification,
    pageInfo,
  });
  builder.queryField('notifications', (t) =>
    t.field({
      type: page,
      nullable: false,
      description:
        'The event log, oldest first, from the oldest event that is kept. The subscription of the same name follows it live.',
      args: {
        portfolioId: t.arg.id({ description: NOTIFICATION_ARGS.portfolioId }),
        first: pageArgs(t.arg).first,
        after: t.arg.id({ description: NOTIFICATION_ARGS.after }),
      },
      complexity: listComplexity,
      resolve: (_root, args, context) => listNotifications(context, args),
    }),
  );
  builder.queryField('notificationsEnd', (t) =>
    t.id({
      nullable: false,
      description:
        'Cursor of the newest event. Read it before you read the state and give it as `after` when you subscribe: then no event in between is missed, not even the very first one.',
      resolve: (_root, _args, context) => endOfNotifications(context),
    }),
  );
}
