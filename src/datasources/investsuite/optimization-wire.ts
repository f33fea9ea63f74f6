import { z } from 'zod';
import type { Optimization, RecommendedOrder } from '../../domain/optimization.ts';
import type { ExactJson } from '../http/exact-json.ts';
import { decimalText, looseBoolean, looseText, read } from './wire-values.ts';

const orderShape = z.object({
  shares: decimalText,
  expected_share_price: decimalText.nullish().catch(null),
  expected_transaction_cost: decimalText.nullish().catch(null),
});

const optimizationShape = z.object({
  id: looseText,
  owner_choice: looseText,
  portfolio_update: z
    .object({ is_recommended: looseBoolean, orders: z.record(z.string(), z.custom<ExactJson>()).nullish() })
    .nullish(),
});

/** An order that could not be read is left out; how many is told by its path in `unreadable`. */
export interface ReadOptimization {
  readonly optimization: Optimization;
  readonly unreadable: readonly string[];
}

/** `GET …/optimizations/latest/` with 200. Throws an UpstreamInvalidAnswerError. */
export function readOptimization(value: ExactJson): ReadOptimization {
  const wire = read(optimizationShape, 'optimization', value);
  const orders: RecommendedOrder[] = [];
  const unreadable: string[] = [];
  for (const [instrumentId, row] of Object.entries(wire.portfolio_update?.orders ?? {})) {
    const order = orderShape.safeParse(row);
    if (!order.success) {
      unreadable.push('portfolio_update.orders.*');
      continue;
    }
    orders.push({
      instrumentId,
      shares: order.data.shares,
      expectedSharePrice: order.data.expected_share_price ?? null,
      expectedTransactionCost: order.data.expected_transaction_cost ?? null,
    });
  }
  return {
    optimization: {
      inProgress: false,
      id: wire.id ?? null,
      isRecommended: wire.portfolio_update?.is_recommended ?? null,
      ownerChoice: wire.owner_choice ?? null,
      orders,
    },
    unreadable,
  };
}
