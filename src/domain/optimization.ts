import type { Decimal } from './decimal.ts';
import type { UnreadableRow } from './listing.ts';

/** What a recommended order is counted in: units of the instrument or money in the base currency, as the tenant has it. */
export const QUANTITY_TYPES = ['UNITS', 'AMOUNT', 'UNKNOWN'] as const;
export type QuantityType = (typeof QUANTITY_TYPES)[number];

/** What the robo advisor would buy or sell. */
export interface RecommendedOrder {
  readonly instrumentId: string;
  /** InvestSuite's estimate in units, positive buys, negative sells; null where it sends none. */
  readonly shares: Decimal | null;
  readonly quantityType: QuantityType;
  /** What is to be ordered, in `quantityType`, sign as InvestSuite has it. */
  readonly quantity: Decimal;
  readonly expectedSharePrice: Decimal | null;
  readonly expectedTransactionCost: Decimal | null;
}

/** The latest optimization of a robo portfolio. While it is computed InvestSuite answers 202 and nothing else is known. */
export type Optimization =
  | { readonly inProgress: true }
  | {
      readonly inProgress: false;
      readonly id: string | null;
      readonly isRecommended: boolean | null;
      readonly ownerChoice: string | null;
      /** As far as they could be read. */
      readonly orders: readonly RecommendedOrder[];
      /** Orders that could not be read. */
      readonly unreadableOrders?: readonly UnreadableRow[] | undefined;
    };
