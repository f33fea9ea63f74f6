/**
 * What a row of the log shows itself as in the graph: the name of the member of `Notification`. `Gap` is told by whoever
 * reads the log, never written.
 */
export const NOTIFICATION_SHAPES = [
  'CashBalanceNotification',
  'DepositNotification',
  'WithdrawalNotification',
  'VirtualCashNotification',
  'OrderNotification',
  'PortfolioNotification',
  'OptimizationNotification',
  'OtherNotification',
] as const;
export type NotificationShape = (typeof NOTIFICATION_SHAPES)[number];

/** A shape that a newer gateway has written is passed on as it is. */
export const notificationShape = (text: string): NotificationShape =>
  NOTIFICATION_SHAPES.find((shape) => shape === text) ?? 'OtherNotification';

/** Payload of an `OrderNotification`: what the broker said of an order. */
export interface OrderTold {
  readonly orderId: string | null;
  readonly status: string | null;
  /** InvestSuite's transaction of the order, where it was known when the event was logged. */
  readonly transactionId: string | null;
}

/** Payload of an `OptimizationNotification`: InvestSuite's robo advisor has something to say. */
export interface OptimizationTold {
  readonly optimizationId: string | null;
  /** The status, or the owner's choice. */
  readonly value: string | null;
  readonly isRecommended: boolean | null;
}
