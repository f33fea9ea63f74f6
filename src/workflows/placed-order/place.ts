import { capabilityOff, type Forbidden, forbidden } from '../../domain/failures.ts';
import type { PortfolioId } from '../../domain/ids.ts';
import type { Order } from '../../domain/order/placed.ts';
import { hasScope, isOperator } from '../../domain/viewer.ts';
import { acceptWork, type Caller, type CommandResult, callerKeyOf, type NewWork } from '../accept.ts';
import { ORDER } from '../cash/rows.ts';
import { rowIdOf } from '../engine/upstream-keys.ts';
import { canonicalDecimal } from '../order/run.ts';
import { type Checked, checkOrder } from './check.ts';
import type { OrderDraft } from './check-draft.ts';
import type { OrderingServices } from './ports.ts';
import { RECORD_FIRST_MS, recordRow } from './record.ts';
import { type OrderInput, orderOf } from './rows.ts';

const ID_PREFIX = 'ord_';

export interface PlaceOrderInput extends OrderDraft {
  /** Operators only. */
  readonly optimizationId?: string | null | undefined;
  readonly acknowledgeUnsuitable?: boolean | null | undefined;
  readonly idempotencyKey: string;
}

/**
 * Takes an order on: it is sent to the broker and recorded in InvestSuite. Failures, in this order: Forbidden; InvalidInput (key);
 * IdempotencyKeyReused; InvalidInput; NotFound; PortfolioNotTradable (InvalidInput for the account); InstrumentNotTradable; InsufficientCash or
 * InsufficientPosition. Throws an UpstreamError where an upstream that is needed for a check can't be asked; nothing is recorded then.
 */
export async function placeOrder(
  services: OrderingServices,
  caller: Caller,
  input: PlaceOrderInput,
): Promise<CommandResult<Order>> {
  const unscoped = checkScope(caller);
  if (unscoped !== undefined) return unscoped;
  if (input.optimizationId != null && !isOperator(caller.viewer)) {
    return forbidden('Only operators place orders of an optimization.');
  }
  const request = { mutation: 'placeOrder', idempotencyKey: input.idempotencyKey, input: canonical(input) };
  const orderId = rowIdOf(ID_PREFIX, { caller: callerKeyOf(caller), ...request });
  return await acceptWork(services, caller, request, {
    check: async () => {
      if (!services.mayTrade()) return capabilityOff;
      const checked = await checkOrder(services, caller, input, ({ id }) => lookForRecord(services, id, orderId));
      return checked.kind === 'checked' ? newOrder(services, checked, input) : checked;
    },
    answer: (row, history) => (row.kind === ORDER ? orderOf(row, history) : undefined),
  });
}

/** Asks whether InvestSuite has the order already, for the row that will record it. That row asks again where this fails. */
function lookForRecord({ ports }: OrderingServices, portfolioId: PortfolioId, orderId: string): void {
  ports.investSuite.lookedForTransactions(portfolioId, orderId).catch(() => undefined);
}

export const checkScope = ({ viewer }: Caller): Forbidden | undefined =>
  hasScope(viewer, 'orders:place') ? undefined : forbidden('Placing an order requires the scope orders:place.');

function newOrder({ store, submitWithin }: OrderingServices, checked: Checked, input: PlaceOrderInput): NewWork {
  const { portfolio, link, request, accountId, estimate, stillHolds } = checked;
  const kept: OrderInput = {
    ...request,
    accountId,
    optimizationId: input.optimizationId ?? null,
    brokerageUserId: link.brokerageUserId,
    acknowledgesUnsuitable: input.acknowledgeUnsuitable === true,
    units: estimate.units,
    sendBefore: store.now() + submitWithin * 1_000,
    rebalancingId: null,
  };
  return {
    kind: ORDER,
    idPrefix: ID_PREFIX,
    portfolioId: portfolio.id,
    accountGroupId: link.accountGroupId,
    amount: estimate.cash,
    currency: request.currency,
    firstStep: 'record',
    input: kept,
    begin: (row) => [recordRow(row)],
    restsMs: RECORD_FIRST_MS,
    stillHolds,
  };
}

const canonical = (input: PlaceOrderInput) => ({
  portfolioId: input.portfolioId,
  side: input.side,
  isin: input.isin,
  quantity: canonicalDecimal(input.quantity),
  amount: canonicalDecimal(input.amount),
  currency: input.currency ?? null,
  orderType: input.orderType ?? null,
  limitPrice: canonicalDecimal(input.limitPrice),
  stopPrice: canonicalDecimal(input.stopPrice),
  expiresOn: input.expiresOn ?? null,
  accountId: input.accountId ?? null,
  optimizationId: input.optimizationId ?? null,
  acknowledgeUnsuitable: input.acknowledgeUnsuitable ?? false,
});
