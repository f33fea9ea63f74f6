import { z } from 'zod';
import type { PortfolioId } from '../../domain/ids.ts';
import { idOf, type UnreadableRow } from '../../domain/listing.ts';
import { type Optimization, QUANTITY_TYPES, type RecommendedOrder } from '../../domain/optimization.ts';
import type { CallOptions } from '../upstream/client.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import { decimal, sameNames } from '../upstream/fields.ts';
import { SharedResource } from '../upstream/shared-resource.ts';
import { goodBodyOf } from './calls.ts';
import type { Reading } from './connection.ts';
import { knownIfAny, looseBoolean, looseText, read } from './fields.ts';

/** The newer name of the path, and the one that older tenants know. */
const NAMES = ['latest', 'current'] as const;
const NAME = 'investsuite.optimizations.name';

/** The latest optimization of a robo portfolio. */
export class Optimizations {
  readonly #reading: Reading;
  readonly #shared: SharedResource<Optimization | null>;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#shared = new SharedResource(reading.sharing);
  }

  /** A change of the portfolio starts a new optimization. */
  forget(portfolioId: PortfolioId): void {
    this.#shared.forget((key) => key === portfolioId);
  }

  async latest(portfolioId: PortfolioId, options: CallOptions = {}): Promise<Optimization | null> {
    return await this.#shared.read(portfolioId, options, (inner) => this.#latest(portfolioId, inner));
  }

  async #latest(portfolioId: PortfolioId, options: CallOptions): Promise<Optimization | null> {
    const { calls, profile, onDropped } = this.#reading;
    for (const name of this.#names()) {
      const path = `/portfolios/${portfolioId}/optimizations/${name}/`;
      const answer = await calls.get(path, 'investsuite.optimizations.latest', options);
      if (answer.status === 404) continue;
      if (answer.ok) profile.learn(NAME, name);
      if (answer.status === 202) return { inProgress: true };
      const optimization = readOptimization(goodBodyOf(answer, 'optimization'));
      const { unreadableOrders: { length: count } = [] } = optimization;
      if (count > 0) onDropped?.({ resource: 'order', count, details: ['portfolio_update.orders.*'] });
      return optimization;
    }
    return null;
  }

  /** The one that the tenant has answered by; else both, the likelier first. */
  #names(): readonly (typeof NAMES)[number][] {
    const { profile } = this.#reading;
    const shown = NAMES.filter((name) => profile.hasSeen(NAME, name));
    if (shown.length > 0) return shown;
    return profile.prefers(NAME, 'current') ? NAMES.toReversed() : NAMES;
  }
}

/**
 * Tenants that order by units may send only `shares`, as all older ones did. By amount, `shares` is an optional
 * estimate, and only `quantity` is the order.
 */
const orderShape = sameNames({
  shares: decimal.nullish(),
  quantity_type: looseText,
  quantity: decimal.nullish(),
  expected_share_price: decimal.nullish().catch(null),
  expected_transaction_cost: decimal.nullish().catch(null),
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

/** Undefined where the order is ambiguous. */
function recommendedOrder(instrumentId: string, row: ExactJson): RecommendedOrder | undefined {
  const wire = orderShape.safeParse(row);
  if (!wire.success) return undefined;
  const { quantityType: type, ...order } = wire.data;
  const quantityType = knownIfAny(QUANTITY_TYPES, type) ?? 'UNITS';
  const quantity = order.quantity ?? (quantityType === 'UNITS' ? order.shares : null);
  if (quantity === null) return undefined;
  return { ...order, instrumentId, quantityType, quantity };
}
