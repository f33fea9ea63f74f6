/**
 * Kind of a row in the log: the GraphQL type name of the `Notification`. `Gap` is made when the log is read, never
 * written.
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

/** A kind that a newer gateway has written is passed on unchanged. */
export const notificationShape = (text: string): NotificationShape =>
  NOTIFICATION_SHAPES.find((shape) => shape === text) ?? 'OtherNotification';

/** Payload of an `OrderNotification`: the broker's event of an order. */
export interface OrderPayload {
  readonly orderId: string | null;
  readonly status: string | null;
  /** InvestSuite's transaction of the order, where it was known when the event was logged. */
  readonly transactionId: string | null;
}

/** Payload of an `OptimizationNotification`. */
export interface OptimizationPayload {
  readonly optimizationId: string | null;
  /** Status of the optimization, or the owner's choice. */
  readonly value: string | null;
  readonly isRecommended: boolean | null;
}
