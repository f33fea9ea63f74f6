import type { InterfaceRef } from '@pothos/core';
import {
  type CashBalanceNotification,
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
  transactionOfNotification,
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
    'Only this portfolio’s. Left out: a customer gets those of all own portfolios, an operator everything, also what belongs to no portfolio.',
  after: 'The id of the last notification seen: what comes behind it. Empty is as good as left out.',
} as const;

/** The log of events: its types, and reading it as a list. */
export function addNotifications(parts: SchemaParts): NotificationRef {
  const notification = addNotification(parts);
  const members = { ...parts, notification };
  addBrokerMembers(members);
  addMoneyMembers(members);
  addInvestSuiteMembers(members);
  addOtherMembers(members);
  addNotificationsField(members);
  return notification;
}

type Members = SchemaParts & { readonly notification: NotificationRef };

function addNotification({ builder }: SchemaParts): NotificationRef {
  const source = addEnum(builder, 'NotificationSource', 'Who said it.', ['INVESTSUITE', 'UPVEST', 'GATEWAY'] as const, {
    INVESTSUITE: 'InvestSuite, on its event bus.',
    UPVEST: 'Upvest, by webhook.',
    GATEWAY: 'The gateway: a deposit, withdrawal or movement of virtual cash has moved on.',
  });
  return builder.interfaceRef<Notification>('Notification').implement({
    description:
      'One event of the log. id is its position as an opaque cursor: give the last one you saw as `after` and the stream ' +
      'goes on behind it, nothing lost and nothing twice, over WebSocket and SSE alike. Also readable as a list.',
    resolveType: ({ shape }) => shape,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Its cursor.' }),
      source: t.expose('source', { type: source, nullable: false, description: 'Who said it.' }),
      type: t.exposeString('type', { nullable: false, description: 'What happened, in the words of whoever said it.' }),
      occurredAt: t.expose('occurredAt', { type: 'DateTime', nullable: false, description: 'When it happened there.' }),
      receivedAt: t.expose('receivedAt', { type: 'DateTime', nullable: false, description: 'When we heard of it.' }),
      portfolioId: t.exposeID('portfolioId', {
        description: 'The portfolio it is about; null for what belongs to none, which only operators see.',
      }),
    }),
  });
}

function addBrokerMembers({ builder, notification, refs }: Members): void {
  builder.objectRef<CashBalanceNotification>('CashBalanceNotification').implement({
    description: 'The broker’s cash has changed.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      cashBalance: t.expose('cashBalance', {
        type: refs.cashBalance,
        nullable: false,
        description: 'The balance as the broker told it then.',
      }),
    }),
  });
  builder.objectRef<OrderNotification>('OrderNotification').implement({
    description: 'The broker has moved an order on, or executed, settled or taken back a part of it.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      transaction: t.field({
        type: refs.transaction,
        description: 'InvestSuite’s transaction of the order as it is now; null where none is known.',
        resolve: (told, _args, context) => transactionOfNotification(context, told),
      }),
      orderId: t.exposeID('orderId', { description: 'The broker’s id of the order.' }),
      status: t.exposeString('status', { description: 'The broker’s status of the order or execution.' }),
    }),
  });
}

function addMoneyMembers({ builder, notification, refs }: Members): void {
  const asOfThen = 'As it was at this event.';
  builder.objectRef<DepositNotification>('DepositNotification').implement({
    description: 'A deposit has moved on.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({ deposit: t.expose('deposit', { type: refs.deposit, nullable: false, description: asOfThen }) }),
  });
  builder.objectRef<WithdrawalNotification>('WithdrawalNotification').implement({
    description: 'A withdrawal has moved on.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      withdrawal: t.expose('withdrawal', { type: refs.withdrawal, nullable: false, description: asOfThen }),
    }),
  });
  builder.objectRef<VirtualCashNotification>('VirtualCashNotification').implement({
    description: 'A movement of virtual cash has moved on.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      virtualCashMovement: t.expose('virtualCashMovement', {
        type: refs.virtualCash,
        nullable: false,
        description: asOfThen,
      }),
    }),
  });
}

function addInvestSuiteMembers({ builder, notification, refs }: Members): void {
  builder.objectRef<PortfolioNotification>('PortfolioNotification').implement({
    description: 'A portfolio was made or has changed in InvestSuite.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      portfolio: t.field({
        type: refs.portfolio,
        description: 'The portfolio as it is now.',
        resolve: (told, _args, context) => portfolioOfNotification(context, told),
      }),
    }),
  });
  builder.objectRef<OptimizationNotification>('OptimizationNotification').implement({
    description: 'The robo advisor has computed an optimization, or the owner has answered to one.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      optimizationId: t.exposeID('optimizationId', { description: 'InvestSuite’s id of it.' }),
      value: t.exposeString('value', { description: 'Its status, or the owner’s choice.' }),
      isRecommended: t.exposeBoolean('isRecommended', { description: 'Whether InvestSuite recommends it.' }),
    }),
  });
}

function addOtherMembers({ builder, notification }: Members): void {
  builder.objectRef<OtherNotification>('OtherNotification').implement({
    description: 'An event of a kind the gateway has no type for: passed on, never dropped.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      payload: t.expose('payload', {
        type: 'JSON',
        nullable: false,
        description: 'The event as it came. Numbers in it are strings.',
      }),
    }),
  });
  builder.objectRef<GapNotification>('GapNotification').implement({
    description:
      'Events between `after` and this one are no longer kept: reload the state, then go on from here. Its type is GAP.',
    interfaces: [notification],
    authScopes: vouched,
    fields: (t) => ({
      reason: t.exposeString('reason', { nullable: false, description: 'Why they are missing, in a sentence.' }),
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
        'The log of events, oldest first, from the oldest that is kept. To follow it live use the subscription of the same name.',
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
        'The cursor of the newest event there is. Take it before you read the state and give it as `after` when you ' +
        'subscribe: what happens in between is then not missed, and neither is anything before the first event.',
      resolve: (_root, _args, context) => endOfNotifications(context),
    }),
  );
}
