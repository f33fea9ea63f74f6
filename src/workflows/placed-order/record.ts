import { v5 } from 'uuid';
import { dateTime } from '../../domain/datetime.ts';
import { decimal } from '../../domain/decimal.ts';
import type { NewTransaction } from '../../domain/movement-validation.ts';
import { signedQuantity } from '../../domain/movements.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { getWorkflow, type WorkflowRow } from '../../store/index.ts';
import { type BegunRow, type Decision, enter, type ObserveStep, type StepContext } from '../engine/step.ts';
import { type Outcome, outcomeOf } from '../order/outcome.ts';
import { storedTransaction } from '../order/stored.ts';
import { isLate, LATE, leave } from './leave.ts';
import { orderInputOf, remembering } from './rows.ts';

/** How long an order waits for InvestSuite, from its acceptance; then it is sent first and recorded afterwards. */
export const RECORD_FIRST_MS = 2_000;

/** Never changed: the row that records an order has the same id whoever begins it. */
const NAMESPACE = '3f0a8e52-0b9e-4a77-9d0e-5b7a3ec4f1d6';
const recordIdOf = (orderId: string): string => `trx_${v5(orderId, NAMESPACE)}`;

/** The row that records the order in InvestSuite. It has its own tries, so that an order never waits for it for long. */
export const recordRow = (row: Parameters<typeof plannedTransaction>[0]): BegunRow<'transaction-record'> => ({
  id: recordIdOf(row.id),
  kind: 'transaction-record',
  firstStep: 'record',
  input: { ...plannedTransaction(row), ofOrder: true },
  money: null,
  subject: null,
});

const BY_AMOUNT = decimal('1');

/**
 * The transaction of an order that is to be placed: one PLANNED movement. By amount, which is how funds are traded: quantity 1 and the
 * amount in `unitPrice` (investsuite-transactions page, "Amount orders"). InvestSuite has no STOP, so its order type is left out then.
 */
export function plannedTransaction(row: Pick<WorkflowRow, 'id' | 'input' | 'created_at'>): NewTransaction {
  const { side, isin, quantity, amount, currency, orderType, limitPrice, optimizationId } = orderInputOf(row);
  const price = amount ?? limitPrice;
  return {
    externalId: row.id,
    orderType: orderType === 'STOP' ? null : orderType,
    optimizationId,
    movements: [
      {
        externalId: null,
        referenceExternalId: null,
        type: side,
        status: 'PLANNED',
        datetime: dateTime(new Date(row.created_at)),
        instrumentId: isin,
        quantity: signedQuantity(side, quantity ?? BY_AMOUNT),
        unitPrice: price,
        unitPriceCurrency: price === null ? null : currency,
        tradeType: null,
        description: null,
        referenceInstrumentId: null,
      },
    ],
  };
}

/** Outcome of the recording; undefined while that is not known. */
export async function recorded({ row, read }: StepContext): Promise<Outcome<Transaction> | undefined> {
  const child = await read((reading) => getWorkflow(reading, recordIdOf(row.id)));
  return child && outcomeOf(child, storedTransaction);
}

/** Waits for InvestSuite to have the order, at most {@link RECORD_FIRST_MS}. */
export const record: ObserveStep<'order'> = {
  kind: 'observe',
  run: async (context): Promise<Decision<'order'>> => {
    const { row, now } = context;
    const outcome = await recorded(context);
    if (outcome?.kind === 'failed') {
      return leave(row, 'REJECTED', `InvestSuite refused to record the order. ${outcome.failure.message}`);
    }
    const known = outcome === undefined ? {} : { patch: remembering(row, { transactionId: outcome.value.id }) };
    const states = outcome === undefined || row.state === 'RECORDED' ? [] : [enter('RECORDED')];
    if (row.cancel_requested_at !== null) return leave(row, 'CANCELLED', 'Cancelled on request.');
    if (isLate(row, now)) return leave(row, 'EXPIRED', LATE);
    const until = row.created_at + RECORD_FIRST_MS;
    if (outcome === undefined && now < until) return { kind: 'wait', for: 'investsuite-booking', dueBy: until };
    return { kind: 'advance', states, step: 'submit', ...known };
  },
};
