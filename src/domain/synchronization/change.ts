import type { Decimal } from '../decimal.ts';
import type { KnownMovementType } from '../movement-types.ts';

/** A change that the synchronization of a portfolio makes in InvestSuite, or would make. */
export type SynchronizationChange =
  | { readonly kind: 'HOLDING'; readonly instrumentId: string; readonly from: Decimal; readonly to: Decimal }
  | {
      readonly kind: 'TRANSACTION';
      readonly externalId: string;
      readonly movementType: KnownMovementType;
      readonly instrumentId: string;
      /** Units or money that the transaction moves; null for an order, whose fills say it. */
      readonly to: Decimal | null;
    };

/** Why a line of the broker's ledger, or an order, has no transaction in InvestSuite. */
export interface SynchronizationProblem {
  readonly id: string;
  /** The broker's type of line; ORDER for an order. */
  readonly type: string;
  readonly amount: Decimal | null;
  readonly currency: string | null;
  readonly isin: string | null;
  readonly reason: string;
}

export const SYNCHRONIZATION_STATES = ['OFF', 'IN_SYNC', 'PENDING', 'DRIFTED'] as const;
export type SynchronizationState = (typeof SYNCHRONIZATION_STATES)[number];
