import type { Decimal } from '../../domain/decimal.ts';
import type { WorkflowRow } from '../../store/index.ts';
import type { Decision } from '../engine/step.ts';
import { progressOf, remembering } from './progress.ts';

/**
 * A decision about a row that also remembers the taxes that the broker told with it, so that each event of the row shows
 * what was known then. An answer that says nothing of taxes does not take back what an earlier one said.
 */
export async function withTaxes(
  row: WorkflowRow,
  taxes: Decimal | null,
  decide: (row: WorkflowRow) => Decision | Promise<Decision>,
): Promise<Decision> {
  if (taxes === null || progressOf(row).taxes === taxes) return await decide(row);
  const progress = remembering(row, { taxes }).progress ?? null;
  const decision = await decide({ ...row, progress });
  if (decision.kind === 'review') return decision;
  return { ...decision, patch: { progress, ...decision.patch } };
}
