import type { Decimal } from './decimal.ts';

/** What the robo advisor would buy or sell. */
export interface RecommendedOrder {
  readonly instrumentId: string;
  /** Units; positive buys, negative sells. */
  readonly shares: Decimal;
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
      readonly orders: readonly RecommendedOrder[];
    };
