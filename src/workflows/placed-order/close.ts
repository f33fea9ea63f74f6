import { v5 } from 'uuid';
import type { TransactionId } from '../../domain/ids.ts';
import type { OrderStatusChange } from '../../domain/order/change.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { timeOf } from '../cash/rows.ts';
import type { BegunRow, ObserveStep, StepContext } from '../engine/step.ts';
import { recorded } from './record.ts';
import { orderInputOf, remembering } from './rows.ts';

/** Never changed: the row that ends an order's transaction has the same id whoever begins it. */
const NAMESPACE = '9c1d5f70-5a36-4c53-8d6b-0f0f2f5c7a11';

const ENDINGS = { CANCELLED: 'CANCELLED', REJECTED: 'NOT_EXECUTED', EXPIRED: 'NOT_EXECUTED' } as const;

/** Tells InvestSuite that an order has ended which the broker never had, once InvestSuite has the order at all. */
export const close: ObserveStep<'order'> = {
  kind: 'observe',
  run: async (context) => {
    const { row } = context;
    const outcome = await recorded(context);
    if (outcome === undefined) return { kind: 'wait', for: 'investsuite' };
    if (outcome.kind === 'failed') return { kind: 'advance', step: null };
    const { id } = outcome.value;
    const patch = remembering(row, { transactionId: id });
    return { kind: 'advance', step: null, patch, begin: [endingRow(context, id)] };
  },
};

function endingRow({ row, now }: StepContext, transactionId: TransactionId): BegunRow<'order-change'> {
  const change: OrderStatusChange = {
    subject: { kind: 'order' },
    status: endingOf(row),
    datetime: timeOf(now),
    quantity: null,
    unitPrice: null,
    cashAmount: null,
    currency: null,
    defaultCurrency: orderInputOf(row).currency,
    charges: null,
  };
  return {
    id: `och_${v5(row.id, NAMESPACE)}`,
    kind: 'order-change',
    firstStep: 'move',
    input: { transactionId, change },
    money: null,
    subject: null,
  };
}

const endingOf = ({ state }: WorkflowRow) =>
  state === 'CANCELLED' || state === 'REJECTED' || state === 'EXPIRED' ? ENDINGS[state] : ENDINGS.REJECTED;
