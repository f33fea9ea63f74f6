import { type OrderDraft, placedOrder } from '../../domain/order/place.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { Caller, CommandResult } from '../accept.ts';
import { TRANSACTION_RECORD } from '../transaction/find.ts';
import { tellFollower } from '../transaction/record.ts';
import {
  canonicalDecimal,
  canonicalTime,
  type Ended,
  findPortfolio,
  NO_PORTFOLIO,
  nowOf,
  type OrderServices,
  onlyOperators,
  runOnce,
  transactionOf,
  work,
} from './run.ts';
import { storedTransaction } from './stored.ts';

export interface RecordOrderInput extends OrderDraft {
  readonly portfolioId: string;
  readonly idempotencyKey: string;
}

/** Records a placed order and waits for InvestSuite's answer. Failures as of `recordTransaction`. */
export async function recordOrder(
  services: OrderServices,
  caller: Caller,
  input: RecordOrderInput,
): Promise<CommandResult<Ended<Transaction>>> {
  const no = onlyOperators(caller, 'Placing an order');
  if (no !== undefined) return no;
  const { portfolioId, idempotencyKey } = input;
  const request = { mutation: 'recordOrder', formerly: 'placeOrder', idempotencyKey, input: canonical(input) };
  const check = async () => {
    const now = nowOf(services);
    // Input errors are returned before the portfolio is read; its currency is only a default.
    const wrong = placedOrder(input, { now, baseCurrency: '' });
    if (wrong.kind === 'invalid') return wrong;
    const portfolio = await findPortfolio(services, caller, portfolioId);
    if (portfolio === undefined) return NO_PORTFOLIO;
    const placed = placedOrder(input, { now, baseCurrency: portfolio.baseCurrency });
    if (placed.kind === 'invalid') return placed;
    return work(portfolio, { kind: TRANSACTION_RECORD, idPrefix: 'trx_', firstStep: 'record', input: placed.value });
  };
  const result = await runOnce(services, caller, request, { check, value: storedTransaction });
  await tellFollower(services, result);
  return await transactionOf(services, result);
}

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
