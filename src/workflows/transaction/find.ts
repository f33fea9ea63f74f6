import { z } from 'zod';
import type { TransactionId } from '../../domain/ids.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { UpstreamRefusedReadError } from '../../errors.ts';
import { externalIdLock, type WorkflowRow } from '../../store/index.ts';
import { readKept } from '../engine/kept-json.ts';
import type { StepContext } from '../engine/step.ts';
import type { OrderPorts } from '../order/ports.ts';
import { storedNewTransaction } from '../order/stored.ts';

export const TRANSACTION_RECORD = 'transaction-record';

export const inputOf = (row: WorkflowRow) => readKept(storedNewTransaction, row.input);

/** The external id in InvestSuite: the client's own, or the id of the row, which is unique. */
export const externalIdOf = (row: WorkflowRow): string => inputOf(row).externalId ?? row.id;
export const isOwnId = (row: WorkflowRow): boolean => inputOf(row).externalId === null || inputOf(row).ofOrder === true;

/** A client's id may be used twice: then one row at a time is sent, so that the effect can be attributed. */
export function lockOf(row: WorkflowRow) {
  const { externalId } = inputOf(row);
  return externalId === null || isOwnId(row) ? undefined : externalIdLock(row.portfolio_id, externalId);
}

/** Transactions that had the id before the attempt; null where InvestSuite refuses to list them. */
export const memo = z.object({ known: z.array(z.string()).nullable() });
export type Memo = z.infer<typeof memo>;

type Found = { readonly kind: 'made'; readonly transaction: Transaction } | { readonly kind: 'none' | 'refused' };

/** Looks for the transaction of an attempt. */
export async function findMade({ investSuite }: OrderPorts, { row }: StepContext, { known }: Memo): Promise<Found> {
  if (known === null) return { kind: 'refused' };
  const found = await lookFor({ investSuite }, row);
  if (found === null) return { kind: 'refused' };
  const made = found.find(({ id }) => !known.includes(id));
  return made === undefined ? { kind: 'none' } : { kind: 'made', transaction: made };
}

export async function lookFor(
  { investSuite }: Pick<OrderPorts, 'investSuite'>,
  row: WorkflowRow,
): Promise<readonly Transaction[] | null> {
  const id = externalIdOf(row);
  // The check of a new order has looked already.
  const isNewOrder = inputOf(row).ofOrder === true && row.sendings === null;
  try {
    return await (isNewOrder
      ? investSuite.lookedForTransactions(row.portfolio_id, id)
      : investSuite.findTransactionsByExternalId(row.portfolio_id, id));
  } catch (error) {
    if (error instanceof UpstreamRefusedReadError) return null;
    throw error;
  }
}

export const idsOf = (transactions: readonly Transaction[] | null): TransactionId[] | null =>
  transactions === null ? null : transactions.map(({ id }) => id);
