import type { WorkflowRow } from '../../src/store/index.ts';
import { stepKey } from '../../src/workflows/engine/upstream-keys.ts';
import type { World } from './world.ts';

/** Ends reviews: first each is looked at again by the gateway, then the operator says what is the case at both upstreams. */
export function resolveReviews(world: World, rows: readonly WorkflowRow[], round: number): void {
  for (const row of rows) {
    const outcome = round === 0 ? 'RETRY' : truthOf(world, row);
    world.trace.tell('operator', `${row.id} was ${row.resume_state} at ${row.step}: ${row.reason} -> ${outcome}`);
    const input = { id: row.id, outcome, note: 'Looked at both upstreams.' };
    world.clients.ask(world.clients.request('resolveReview', `review-${row.id}-${round}`, input), round);
  }
}

/** As the operator sees it in the upstreams' own books. */
function truthOf({ upvest, investSuite }: World, row: WorkflowRow): 'DONE' | 'NOT_DONE' | 'RETRY' {
  const key = stepKey(row, row.step ?? '');
  if (investSuite.events.has(`"${key}"`)) return 'DONE';
  const step = row.kind === 'deposit' ? 'fund' : row.kind === 'withdrawal' || row.kind === 'order' ? 'submit' : 'issue';
  const made = upvest.madeUnder(stepKey(row, step));
  const isAtBroker = ['fund', 'issue', 'submit', 'await', 'await-funded', 'watch', null].includes(row.step);
  if (made === undefined) return isAtBroker ? 'NOT_DONE' : 'RETRY';
  if (made.status === 'CANCELLED') return 'NOT_DONE';
  if (row.kind === 'order') return 'DONE';
  return made.status === 'CONFIRMED' && isAtBroker ? 'DONE' : 'RETRY';
}
