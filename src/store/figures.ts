import { inboxLag } from './inbox.ts';
import type { Reading } from './store.ts';
import { countOpenWorkflows, type WorkflowCount } from './workflows.ts';

/** How much there is to do, for metrics. */
export interface StateFigures {
  /** Open ones, by kind and state. */
  readonly workflows: readonly WorkflowCount[];
  /** Those that need a person, by kind. */
  readonly reviews: readonly { readonly kind: string; readonly count: number }[];
  readonly inbox: { readonly waiting: number; readonly parked: number; readonly oldestMs: number };
  /** Milliseconds since 1970, by the clock of `oldestCreatedAt`. */
  readonly now: number;
}

/** A few grouped queries over partial indexes: what is finished costs nothing. */
export async function readFigures(reading: Reading): Promise<StateFigures> {
  const reviewsByKind = reading.db
    .selectFrom('workflows')
    .select((select) => ['kind', select.fn.countAll<number>().as('count')])
    .where('state', '=', 'NEEDS_REVIEW')
    .groupBy('kind')
    .execute();
  const [workflows, reviews, inbox] = await Promise.all([
    countOpenWorkflows(reading),
    reviewsByKind,
    inboxLag(reading),
  ]);
  return { workflows, reviews, inbox, now: reading.now() };
}
