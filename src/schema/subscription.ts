import { subscribeToCashBalance, subscribeToDeposit, subscribeToWithdrawal } from '../resolvers/live-states.ts';
import { notificationOf, subscribeToNotifications } from '../resolvers/notifications.ts';
import { NOTIFICATION_ARGS, type NotificationRef } from './notifications.ts';
import type { SchemaParts } from './parts.ts';

/** What can be followed. Each event is executed with loaders of its own; its cursor is in `extensions.cursor` too. */
export function addSubscription({ builder, refs }: SchemaParts, notification: NotificationRef): void {
  builder.subscriptionType({
    description: 'What can be followed live, over WebSocket (graphql-transport-ws) or SSE.',
    fields: (t) => ({
      notifications: t.field({
        type: notification,
        nullable: false,
        description:
          'Every event, each once and in the order of the log: those behind `after` first, then live. Without `after`: from now.',
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
        description: 'The state of a deposit now, then each newer one.',
        args: { id: t.arg.id({ required: true, description: 'Its id (dep_…).' }) },
        subscribe: (_root, { id }, context) => subscribeToDeposit(context, id),
        resolve: ({ value }, _args, context) => context.vouched.add(value),
      }),
      withdrawalUpdated: t.field({
        type: refs.withdrawal,
        nullable: false,
        description: 'The state of a withdrawal now, then each newer one.',
        args: { id: t.arg.id({ required: true, description: 'Its id (wdr_…).' }) },
        subscribe: (_root, { id }, context) => subscribeToWithdrawal(context, id),
        resolve: ({ value }, _args, context) => context.vouched.add(value),
      }),
      cashBalanceUpdated: t.field({
        type: refs.cashBalance,
        nullable: false,
        description: 'The broker’s cash of a portfolio in its base currency now, then each newer one.',
        args: { portfolioId: t.arg.id({ required: true, description: 'The portfolio.' }) },
        subscribe: (_root, { portfolioId }, context) => subscribeToCashBalance(context, portfolioId),
        resolve: ({ value }, _args, context) => context.vouched.add(value),
      }),
    }),
  });
}
