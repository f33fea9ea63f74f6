import type { SynchronizationState } from '../../domain/synchronization/change.ts';
import type { NewLogEvent, WorkflowRow } from '../../store/index.ts';
import { timeOf } from '../cash/rows.ts';

/** Event of a portfolio's synchronization: `SYNCHRONIZATION.IN_SYNC`. */
export const synchronizationEvent = (
  row: WorkflowRow,
  at: number,
  type: 'IN_SYNC' | 'DRIFTED' | 'PROBLEM',
  state: SynchronizationState,
): NewLogEvent => ({
  portfolioId: row.portfolio_id,
  source: 'GATEWAY',
  type: `SYNCHRONIZATION.${type}`,
  event: { kind: 'synchronization', content: { state } },
  objectId: null,
  occurredAt: timeOf(at),
  receivedAt: at,
});
