import {
  subscribeToCashBalance,
  subscribeToDeposit,
  subscribeToOrder,
  subscribeToRebalancing,
  subscribeToWithdrawal,
} from '../resolvers/live-states.ts';
import { notificationOf, subscribeToNotifications } from '../resolvers/notifications.ts';
import { NOTIFICATION_ARGS, type NotificationRef } from './notifications.ts';
import type { SchemaParts } from './parts.ts';

/** Subscriptions. Each event is executed with its own loaders; its cursor is also in `extensions.cursor`. */
export function addSubscription({ builder, refs }: SchemaParts, notification: NotificationRef): void {
  builder.subscriptionType({
    description: 'Subscriptions, over WebSocket (graphql-transport-ws) or SSE.',
    fields: (t) => ({
      notifications: t.field({
        type: notification,
        nullable: false,
        description:
          'Every event once, in the order of the event log: first those after `after`, then live ones. Without `after`, only events from now on.',
        args: {
          portfolioId: t.arg.id({ description: NOTIFICATION_ARGS.portfolioId }),
          after: t.arg.id({ description: NOTIFICATION_ARGS.after }),
        },
        subscribe: (_root, args, context) => subscribeToNotifications(context, args),
        resolve: (root, _args, context) => notificationOf(context, root),
      }),
      depositUpdated: t.field({
        type: refs.deposit,
        nullable: false,
        description: 'The deposit in its current state, then in each newer one.',
        args: { id: t.arg.id({ required: true, description: 'Id of the deposit (dep_…).' }) },
        subscribe: (_root, { id }, context) => subscribeToDeposit(context, id),
        resolve: ({ value }, _args, context) => context.vouched.add(value),
      }),
      withdrawalUpdated: t.field({
        type: refs.withdrawal,
        nullable: false,
        description: 'The withdrawal in its current state, then in each newer one.',
        args: { id: t.arg.id({ required: true, description: 'Id of the withdrawal (wdr_…).' }) },
        subscribe: (_root, { id }, context) => subscribeToWithdrawal(context, id),
        resolve: ({ value }, _args, context) => context.vouched.add(value),
      }),
      orderUpdated: t.field({
        type: refs.order,
        nullable: false,
        description: 'The order in its current state, then in each newer one.',
        args: { id: t.arg.id({ required: true, description: 'Id of the order (ord_…).' }) },
        subscribe: (_root, { id }, context) => subscribeToOrder(context, id),
        resolve: ({ value }, _args, context) => context.vouched.add(value),
      }),
      rebalancingUpdated: t.field({
        type: refs.rebalancing,
        nullable: false,
        description: 'The rebalancing in its current state, then in each newer one.',
        args: { id: t.arg.id({ required: true, description: 'Id of the rebalancing (rbl_…).' }) },
        subscribe: (_root, { id }, context) => subscribeToRebalancing(context, id),
        resolve: ({ value }, _args, context) => context.vouched.add(value),
      }),
      cashBalanceUpdated: t.field({
        type: refs.cashBalance,
        nullable: false,
        description:
          "The broker's cash balance of a portfolio in its base currency: the current one, then each newer one.",
        args: { portfolioId: t.arg.id({ required: true, description: 'Id of the portfolio.' }) },
        subscribe: (_root, { portfolioId }, context) => subscribeToCashBalance(context, portfolioId),
        resolve: ({ value }, _args, context) => context.vouched.add(value),
      }),
    }),
  });
}
