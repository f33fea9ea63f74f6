import type { Transaction } from '../../domain/transaction.ts';
import { UpstreamRefusedReadError } from '../../errors.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { keepJson } from '../engine/kept-json.ts';
import { type Decision, enter } from '../engine/step.ts';
import { lineOf } from './line.ts';
import type { SynchronizationPorts } from './ports.ts';

export type LineDecision = Decision<'ledger-line'>;

export const problem = (row: WorkflowRow, reason: string): LineDecision => ({
  kind: 'advance',
  step: null,
  states: row.state === 'PROBLEM' && row.reason === reason ? [] : [enter('PROBLEM', reason)],
});

export const ours = (reason: string): LineDecision => ({
  kind: 'advance',
  step: null,
  states: [enter('OURS', reason)],
});

export const booked = ({ id }: Pick<Transaction, 'id'>): LineDecision => ({
  kind: 'advance',
  step: null,
  states: [enter('BOOKED')],
  patch: { progress: keepJson({ transactionId: id }) },
});

/** A sweep looks at it again once it is on. */
export const OFF = 'PORTFOLIO_SYNC was turned off before the line was booked.';

/** The line's transactions in InvestSuite; null where it refuses to list them. */
export async function find(
  { investSuite }: Pick<SynchronizationPorts, 'investSuite'>,
  row: WorkflowRow,
): Promise<readonly Transaction[] | null> {
  try {
    return await investSuite.findTransactionsByExternalId(row.portfolio_id, lineOf(row).id);
  } catch (error) {
    if (error instanceof UpstreamRefusedReadError) return null;
    throw error;
  }
}
