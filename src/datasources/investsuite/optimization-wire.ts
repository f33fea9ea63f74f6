import { z } from 'zod';
import { idOf, type UnreadableRow } from '../../domain/listing.ts';
import { type Optimization, QUANTITY_TYPES, type RecommendedOrder } from '../../domain/optimization.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import { decimalText, known, looseBoolean, looseText, read } from './wire-values.ts';

/**
 * Tenants that order by units may send `shares` alone, which older ones all did. By amount, `shares` is an estimate that
 * may be missing, and only `quantity` says what to order.
 */
const orderShape = z.object({
  shares: decimalText.nullish(),
  quantity_type: looseText,
  quantity: decimalText.nullish(),
  expected_share_price: decimalText.nullish().catch(null),
  expected_transaction_cost: decimalText.nullish().catch(null),
});

type Computed = Extract<Optimization, { readonly inProgress: false }>;

const optimizationShape = z.object({
  id: looseText,
  owner_choice: looseText,
  portfolio_update: z
    .object({ is_recommended: looseBoolean, orders: z.record(z.string(), z.custom<ExactJson>()).nullish() })
    .nullish(),
});

/** `GET …/optimizations/latest/` with 200. Throws an UpstreamInvalidAnswerError. */
export function readOptimization(value: ExactJson): Computed {
  const wire = read(optimizationShape, 'optimization', value);
  const orders: RecommendedOrder[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const [instrumentId, row] of Object.entries(wire.portfolio_update?.orders ?? {})) {
    const order = recommendedOrder(instrumentId, row);
    if (order === undefined) unreadable.push({ system: 'INVESTSUITE', resource: 'order', id: idOf(instrumentId) });
    else orders.push(order);
  }
  return {
    inProgress: false,
    id: wire.id ?? null,
    isRecommended: wire.portfolio_update?.is_recommended ?? null,
    ownerChoice: wire.owner_choice ?? null,
    orders,
    ...(unreadable.length === 0 ? {} : { unreadableOrders: unreadable }),
  };
}

/** Undefined where it can't be told what is to be ordered. */
function recommendedOrder(instrumentId: string, row: ExactJson): RecommendedOrder | undefined {
  const wire = orderShape.safeParse(row);
  if (!wire.success) return undefined;
  const { quantity_type, shares = null, expected_share_price, expected_transaction_cost } = wire.data;
  const quantityType = quantity_type ? known(QUANTITY_TYPES, quantity_type) : 'UNITS';
  const quantity = wire.data.quantity ?? (quantityType === 'UNITS' ? shares : null);
  if (quantity === null) return undefined;
  return {
    instrumentId,
    shares,
    quantityType,
    quantity,
    expectedSharePrice: expected_share_price ?? null,
    expectedTransactionCost: expected_transaction_cost ?? null,
  };
}
