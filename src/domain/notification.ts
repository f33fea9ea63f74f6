import type { Decimal } from './decimal.ts';
import type { AccountId } from './ids.ts';
import type { Order } from './order/placed.ts';
import type { SynchronizationState } from './synchronization/change.ts';

/** Payload of a `ValuationNotification`: what the instruments of one account are worth. */
export interface ValuationPayload {
  readonly accountId: AccountId;
  readonly securities: Decimal;
  readonly currency: string;
}

/** Payload of an `OrderNotification`: the broker's event of an order. */
export interface OrderPayload {
  readonly orderId: string | null;
  readonly status: string | null;
  /** InvestSuite's transaction of the order, where it was known when the event was logged. */
  readonly transactionId: string | null;
  /** The order as it was then, where the gateway placed it; missing in old events. */
  readonly order?: Order | null | undefined;
}

/** Payload of an `OptimizationNotification`. */
export interface OptimizationPayload {
  readonly optimizationId: string | null;
  /** Status of the optimization, or the owner's choice. */
  readonly value: string | null;
  readonly isRecommended: boolean | null;
}

/** Payload of a `SynchronizationNotification`. */
export interface SynchronizationPayload {
  readonly state: SynchronizationState;
}
