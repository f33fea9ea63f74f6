import type { Decimal } from './decimal.ts';
import type { UnreadableRow } from './listing.ts';

/**
 * Unit of a recommended order's quantity: units of the instrument or money in the base currency, depending on the
 * tenant.
 */
export const QUANTITY_TYPES = ['UNITS', 'AMOUNT', 'UNKNOWN'] as const;
export type QuantityType = (typeof QUANTITY_TYPES)[number];

export interface RecommendedOrder {
  readonly instrumentId: string;
  /** InvestSuite's estimate in units, positive to buy, negative to sell; null where it sends none. */
  readonly shares: Decimal | null;
  readonly quantityType: QuantityType;
  /** Quantity to order, in `quantityType`; sign as InvestSuite has it. */
  readonly quantity: Decimal;
  readonly expectedSharePrice: Decimal | null;
  readonly expectedTransactionCost: Decimal | null;
}

/** The latest optimization of a robo portfolio. While it is computed InvestSuite answers 202 without data. */
export type Optimization =
  | { readonly inProgress: true }
  | {
      readonly inProgress: false;
      readonly id: string | null;
      readonly isRecommended: boolean | null;
      readonly ownerChoice: string | null;
      /** The readable orders. */
      readonly orders: readonly RecommendedOrder[];
      readonly unreadableOrders?: readonly UnreadableRow[] | undefined;
    };
