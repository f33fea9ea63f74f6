import { checkTransaction, type MovementDraft, type TransactionDraft } from '../../domain/movement-validation.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { nudge } from '../../store/index.ts';
import type { CommandResult } from '../accept.ts';
import { orderSubject } from '../cash/broker-events.ts';
import {
  canonicalDecimal,
  canonicalTime,
  type Ended,
  findPortfolio,
  NO_PORTFOLIO,
  nowOf,
  type OrderServices,
  transactionCommand,
  work,
} from '../order/run.ts';
import { TRANSACTION_RECORD } from './find.ts';

export interface RecordTransactionInput extends TransactionDraft {
  readonly portfolioId: string;
  readonly idempotencyKey: string;
}

/**
 * Records a transaction of any kind and waits for InvestSuite's answer. Failures, in this order: Forbidden; InvalidInput
 * (key); IdempotencyKeyReused; InvalidInput; NotFound; UpstreamRefused with code UPSTREAM_REFUSED, OUTCOME_UNKNOWN or
 * OUTCOME_PENDING. Throws an UpstreamError where InvestSuite can't be asked for the portfolio; nothing is recorded then.
 */
export const recordTransaction = transactionCommand<RecordTransactionInput>({
  mutation: 'recordTransaction',
  doing: 'Recording a transaction',
  canonical: (input) => canonical(input),
  check: async (services, caller, input) => {
    const checked = checkTransaction(input, nowOf(services));
    if (checked.kind === 'invalid') return checked;
    const portfolio = await findPortfolio(services, caller, input.portfolioId);
    if (portfolio === undefined) return NO_PORTFOLIO;
    return work(portfolio, { kind: TRANSACTION_RECORD, idPrefix: 'trx_', firstStep: 'record', input: checked.value });
  },
  afterwards: (services, result) => tellFollower(services, result),
});

/** Wakes the order that the broker reported before its transaction was recorded. */
export async function tellFollower(
  { store }: Pick<OrderServices, 'store'>,
  result: CommandResult<Ended<Transaction>>,
): Promise<void> {
  if (result.kind !== 'success' || result.replayed) return;
  const { externalId } = result.value.value;
  if (externalId === null) return;
  await store.write((writing) => nudge(writing, { subject: orderSubject(externalId) }));
}

const canonical = ({ portfolioId, externalId, orderType, optimizationId, movements }: RecordTransactionInput) => ({
  portfolioId,
  externalId: externalId ?? null,
  orderType: orderType ?? null,
  optimizationId: optimizationId ?? null,
  movements: movements.map(canonicalMovement),
});

const canonicalMovement = (movement: MovementDraft) => ({
  externalId: movement.externalId ?? null,
  referenceExternalId: movement.referenceExternalId ?? null,
  type: movement.type,
  status: movement.status,
  datetime: canonicalTime(movement.datetime),
  instrumentId: movement.instrumentId,
  quantity: canonicalDecimal(movement.quantity),
  unitPrice: canonicalDecimal(movement.unitPrice),
  unitPriceCurrency: movement.unitPriceCurrency ?? null,
  tradeType: movement.tradeType ?? null,
  description: movement.description ?? null,
  referenceInstrumentId: movement.referenceInstrumentId ?? null,
});
