import { z } from 'zod';
import type { TransactionId } from '../../domain/ids.ts';
import { type Reading, type WorkflowRow, workflowOfSubject } from '../../store/index.ts';
import { orderSubject } from '../cash/broker-events.ts';
import { keepJson, readKept } from '../engine/kept-json.ts';
import type { Advance } from '../engine/step.ts';
import type { OrderTrouble } from './ports.ts';
import { storedTransaction, transactionId } from './stored.ts';

export const ORDER_SYNC = 'order-sync';

export const orderSyncInput = z.object({ orderId: z.string() });

export const orderIdOf = (row: WorkflowRow): string => readKept(orderSyncInput, row.input).orderId;

/** Which transaction it is, once that is known; how it was when we last wrote it. */
const progress = z.object({
  transactionId: transactionId.optional(),
  written: storedTransaction.optional(),
  /** When the gateway made it. */
  madeAt: z.number().optional(),
  /** Problems that were already reported. */
  problems: z.string().optional(),
});
type Progress = z.output<typeof progress>;

export const progressOf = ({ progress: kept }: Pick<WorkflowRow, 'progress'>): Progress =>
  kept === null ? {} : readKept(progress, kept);

/** InvestSuite's transaction of a broker's order, where its row has found it. */
export async function transactionIdOfOrder(reading: Reading, orderId: string): Promise<TransactionId | null> {
  const row = await workflowOfSubject(reading, orderSubject(orderId));
  return row?.kind === ORDER_SYNC ? (progressOf(row).transactionId ?? null) : null;
}

/** How a row begins whose transaction is known; without it that is looked for. */
export const following = (id: TransactionId | undefined) =>
  id === undefined
    ? ({ firstStep: 'look' } as const)
    : ({ firstStep: 'move', progress: keepJson({ transactionId: id } satisfies Progress) } as const);

export const remembering = (row: WorkflowRow, more: Partial<Progress>) => ({
  progress: keepJson({ ...progressOf(row), ...more }),
});

export const REST: Advance<'order-sync'> = { kind: 'advance', step: null };

export const notFollowed = (row: WorkflowRow, message: string, transactionIds: string): OrderTrouble => ({
  kind: 'not-followed',
  message,
  about: { portfolioId: row.portfolio_id, orderId: orderIdOf(row), transactionIds, rowId: row.id },
});
