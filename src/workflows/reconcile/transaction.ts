import type { WorkflowRow } from '../../store/index.ts';
import { readKept } from '../engine/kept-json.ts';
import { outcomeOf } from '../order/outcome.ts';
import { storedNewTransaction, storedTransaction } from '../order/stored.ts';
import type { Expectation } from './model.ts';

/** A recorded transaction: once COMPLETED it must exist. Its content may have changed since. */
export function compareTransactionRecord(row: WorkflowRow): readonly Expectation[] {
  const key = keyOf(row);
  if (key === null) return [];
  return [
    {
      workflow: { id: row.id, kind: row.kind, state: row.state },
      ledger: 'investsuite-transactions',
      sort: null,
      presence: row.state === 'COMPLETED' ? 'must' : 'may',
      key,
      amount: null,
      currency: null,
      from: row.created_at,
      near: row.updated_at,
    },
  ];
}

/** Our own id, of which there may be one; a client's may be used twice, so InvestSuite's own is better. */
function keyOf(row: WorkflowRow): string | null {
  const { externalId } = readKept(storedNewTransaction, row.input);
  if (externalId === null) return row.id;
  const outcome = outcomeOf(row, storedTransaction);
  return outcome?.kind === 'done' ? outcome.value.id : null;
}
