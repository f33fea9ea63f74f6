import { parseTransactionId } from '../../domain/ids.ts';
import { applyOrderStatus } from '../../domain/order/apply.ts';
import { checkOrderStatusChange, type OrderStatusDraft } from '../../domain/order/change.ts';
import type { Caller } from '../accept.ts';
import {
  canonicalDecimal,
  canonicalTime,
  findPortfolio,
  NO_PORTFOLIO,
  nowOf,
  type OrderServices,
  transactionCommand,
  work,
} from './run.ts';
import { failureOf, NO_TRANSACTION, ORDER_CHANGE } from './status-change.ts';

export interface UpdateOrderStatusInput extends Omit<OrderStatusDraft, 'subject'> {
  readonly portfolioId: string;
  readonly transactionId: string;
  readonly idempotencyKey: string;
}

/**
 * Changes an order's status and waits for InvestSuite's answer. Failures, in this order: Forbidden; InvalidInput (key);
 * IdempotencyKeyReused; InvalidInput (input alone); NotFound; IllegalStatusChange or InvalidInput (for this order);
 * UpstreamRefused with code UPSTREAM_REFUSED or OUTCOME_PENDING. A change that was legal at acceptance may be illegal
 * later: then the row ends in IllegalStatusChange. Throws an UpstreamError where InvestSuite can't return the order;
 * nothing is recorded then.
 */
export const updateOrderStatus = transactionCommand<UpdateOrderStatusInput>({
  mutation: 'updateOrderStatus',
  doing: "Changing an order's status",
  canonical: (input) => canonical(input),
  check: checkChange,
});

async function checkChange(services: OrderServices, caller: Caller, input: UpdateOrderStatusInput) {
  const checked = checkOrderStatusChange(draftOf(input), { now: nowOf(services), baseCurrency: '' });
  if (checked.kind === 'invalid') return checked;
  const portfolio = await findPortfolio(services, caller, input.portfolioId);
  if (portfolio === undefined) return NO_PORTFOLIO;
  const id = parseTransactionId(input.transactionId);
  const transaction = id === undefined ? null : await services.investSuite.transactionFresh(portfolio.id, id);
  if (transaction === null) return NO_TRANSACTION;
  const change = { ...checked.value, defaultCurrency: portfolio.baseCurrency };
  const failure = failureOf(applyOrderStatus(transaction.movements, change));
  if (failure !== undefined) return failure;
  return work(portfolio, {
    kind: ORDER_CHANGE,
    idPrefix: 'och_',
    firstStep: 'move',
    input: { transactionId: transaction.id, change },
  });
}

const draftOf = ({ status, datetime, quantity, unitPrice, cashAmount, currency, charges }: UpdateOrderStatusInput) => ({
  status,
  datetime,
  quantity,
  unitPrice,
  cashAmount,
  currency,
  charges,
});

const canonical = (input: UpdateOrderStatusInput) => ({
  portfolioId: input.portfolioId,
  transactionId: input.transactionId,
  status: input.status,
  datetime: canonicalTime(input.datetime),
  quantity: canonicalDecimal(input.quantity),
  unitPrice: canonicalDecimal(input.unitPrice),
  cashAmount: canonicalDecimal(input.cashAmount),
  currency: input.currency ?? null,
  charges:
    input.charges?.map(({ type, amount, description }) => ({
      type,
      amount: canonicalDecimal(amount),
      description: description ?? null,
    })) ?? null,
});
