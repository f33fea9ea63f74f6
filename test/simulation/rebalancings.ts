import type { WorkflowRow } from '../../src/store/index.ts';
import { orderInputOf } from '../../src/workflows/placed-order/rows.ts';
import { inputOf, progressOf } from '../../src/workflows/rebalancing/rows.ts';
import type { World } from './world.ts';

const ENDED: readonly string[] = ['FILLED', 'SETTLED', 'CANCELLED', 'REJECTED', 'EXPIRED'];

/**
 * Violations of rebalancings: one at a time, the sells before the buys, each recommended order begun or skipped and at most once in both
 * systems, and none that nobody recommended.
 */
export async function rebalancings(world: World, rows: readonly WorkflowRow[]): Promise<readonly string[]> {
  const planned = rows.filter(({ kind, progress }) => kind === 'rebalancing' && progress !== null);
  const history = await world.database.db.selectFrom('workflow_history').selectAll().orderBy('sequence').execute();
  const firstAt: FirstAt = (id, states) =>
    history.find((entry) => entry.workflow_id === id && states.includes(entry.state))?.at ?? Number.POSITIVE_INFINITY;
  const times = planned
    .map(({ id }) => ({ id, from: firstAt(id, ['SELLING']), to: firstAt(id, ['COMPLETED']) }))
    .sort((a, b) => a.from - b.from);
  const overlapping = times.flatMap(({ id, from }, index) => {
    const before = times[index - 1];
    return before !== undefined && from < before.to ? [`${id} began before ${before.id} had ended`] : [];
  });
  return [...overlapping, ...planned.flatMap((row) => [...traded(rows, row, firstAt), ...recorded(world, row)])];
}

type FirstAt = (id: string, states: readonly string[]) => number;

/** Its orders, by the rows. */
function* traded(rows: readonly WorkflowRow[], row: WorkflowRow, firstAt: FirstAt): Generator<string> {
  const { plan, begun, skipped } = progressOf(row);
  const [planned, decided] = [plan, [...begun, ...skipped]].map((all) => all.map(({ isin }) => isin).sort());
  if (new Set(decided).size < (decided?.length ?? 0)) yield `${row.id} decided twice: ${decided?.join()}`;
  if (row.state === 'COMPLETED' && planned?.join() !== decided?.join())
    yield `${row.id} planned ${planned?.join()} and decided ${decided?.join()}`;
  const orders = rows.filter((each) => each.kind === 'order' && orderInputOf(each).rebalancingId === row.id);
  if (orders.length !== begun.length) yield `${row.id} has ${orders.length} orders, and ${begun.length} begun`;
  const sideOf = (each: WorkflowRow): string => orderInputOf(each).side;
  const lastSell = Math.max(...orders.filter((each) => sideOf(each) === 'SELL').map(({ id }) => firstAt(id, ENDED)));
  for (const each of orders)
    if (sideOf(each) === 'BUY' && each.created_at < lastSell) yield `${each.id} was bought before the sells`;
}

/** InvestSuite's transactions of an optimization. */
function* recorded({ investSuite }: World, row: WorkflowRow): Generator<string> {
  const { optimizationId } = inputOf(row);
  const planned = progressOf(row).plan.map(({ isin }) => isin);
  const all = investSuite.portfolios.get(row.portfolio_id)?.transactions ?? [];
  const seen = all
    .filter((each) => each['optimization_id'] === optimizationId)
    .map(({ movements: [first] }) => String(first?.['instrument_id']));
  if (new Set(seen).size < seen.length) yield `${optimizationId} is recorded twice: ${seen.join()}`;
  for (const isin of seen) if (!planned.includes(isin)) yield `${isin} is recorded for ${optimizationId}`;
}
