import type { Decimal } from '../../domain/decimal.ts';
import type { WorkflowRow } from '../../store/index.ts';
import type { Decision } from '../engine/step.ts';
import { progressOf, remembering } from './progress.ts';

/**
 * A decision that also stores the taxes that the broker reported, so that each event of the row has the taxes known at
 * its time. An answer without taxes does not remove earlier ones.
 */
export async function withTaxes(
  row: WorkflowRow,
  taxes: Decimal | null,
  decide: (row: WorkflowRow) => Decision<'withdrawal'> | Promise<Decision<'withdrawal'>>,
): Promise<Decision<'withdrawal'>> {
  if (taxes === null || progressOf(row).taxes === taxes) return await decide(row);
  const progress = remembering(row, { taxes }).progress ?? null;
  const decision = await decide({ ...row, progress });
  if (decision.kind === 'review') return decision;
  return { ...decision, patch: { progress, ...decision.patch } };
}
