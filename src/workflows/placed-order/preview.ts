import type { Decimal } from '../../domain/decimal.ts';
import { capabilityOff, type Failure } from '../../domain/failures.ts';
import type { Price } from '../../domain/prices.ts';
import type { Caller } from '../accept.ts';
import { type Findings, orderChecks } from './check.ts';
import type { OrderDraft } from './check-draft.ts';
import { checkScope } from './place.ts';
import type { OrderingServices } from './ports.ts';

/** Estimate of an order now, with the reasons for which it would be refused. */
export interface OrderPreview {
  /** The newest one; null where there is none. */
  readonly price: Price | null;
  readonly quantity: Decimal | null;
  readonly amount: Decimal | null;
  readonly currency: string;
  /** For a BUY; null where it was not needed. */
  readonly availableCash: Decimal | null;
  /** For a SELL. */
  readonly availableQuantity: Decimal | null;
  /** The first one is what placeOrder would answer. */
  readonly problems: readonly Failure[];
}

/**
 * Runs the checks of {@link placeOrder}; sends nothing and records nothing. Throws an UpstreamError where an upstream that is needed for a check can't
 * be asked.
 */
export async function previewOrder(
  services: OrderingServices,
  caller: Caller,
  draft: OrderDraft,
): Promise<OrderPreview> {
  const refused = checkScope(caller) ?? (services.mayTrade() ? undefined : capabilityOff);
  if (refused !== undefined) return previewOf(draft, {}, [refused]);
  const findings: Findings = {};
  const problems: Failure[] = [];
  for await (const problem of orderChecks(services, caller, draft, findings)) problems.push(problem);
  return previewOf(draft, findings, problems);
}

function previewOf(
  { side, currency: asked }: OrderDraft,
  { currency, estimate, available }: Findings,
  problems: readonly Failure[],
): OrderPreview {
  return {
    price: estimate?.price ?? null,
    quantity: estimate?.quantity ?? null,
    amount: estimate?.amount ?? null,
    currency: currency ?? asked ?? 'EUR',
    availableCash: side === 'BUY' ? (available ?? null) : null,
    availableQuantity: side === 'SELL' ? (available ?? null) : null,
    problems,
  };
}
