import { type OrderDraft, placedOrder } from '../../domain/order/place.ts';
import { TRANSACTION_RECORD } from '../transaction/find.ts';
import { tellFollower } from '../transaction/record.ts';
import {
  canonicalDecimal,
  canonicalTime,
  findPortfolio,
  NO_PORTFOLIO,
  nowOf,
  transactionCommand,
  work,
} from './run.ts';

export interface RecordOrderInput extends OrderDraft {
  readonly portfolioId: string;
  readonly idempotencyKey: string;
}

/** Records a placed order and waits for InvestSuite's answer. Failures as of `recordTransaction`. */
export const recordOrder = transactionCommand<RecordOrderInput>({
  mutation: 'recordOrder',
  formerly: 'placeOrder',
  doing: 'Recording an order',
  canonical: (input) => canonical(input),
  check: async (services, caller, input) => {
    const now = nowOf(services);
    // Input errors are returned before the portfolio is read; its currency is only a default.
    const wrong = placedOrder(input, { now, baseCurrency: '' });
    if (wrong.kind === 'invalid') return wrong;
    const portfolio = await findPortfolio(services, caller, input.portfolioId);
    if (portfolio === undefined) return NO_PORTFOLIO;
    const placed = placedOrder(input, { now, baseCurrency: portfolio.baseCurrency });
    if (placed.kind === 'invalid') return placed;
    return work(portfolio, { kind: TRANSACTION_RECORD, idPrefix: 'trx_', firstStep: 'record', input: placed.value });
  },
  afterwards: tellFollower,
});

const canonical = (input: RecordOrderInput) => ({
  portfolioId: input.portfolioId,
  side: input.side,
  instrumentId: input.instrumentId,
  quantity: canonicalDecimal(input.quantity),
  amount: canonicalDecimal(input.amount),
  currency: input.currency ?? null,
  orderType: input.orderType ?? null,
  limitPrice: canonicalDecimal(input.limitPrice),
  optimizationId: input.optimizationId ?? null,
  externalId: input.externalId ?? null,
  placedAt: canonicalTime(input.placedAt),
});
