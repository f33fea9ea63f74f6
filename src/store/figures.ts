import { inboxLag } from './inbox.ts';
import { instrumentCopy } from './instrument-copy.ts';
import type { Reading } from './store.ts';
import { type SynchronizationFigures, synchronizationFigures } from './sweeps.ts';
import { countOpenWorkflows, type WorkflowCount } from './workflows.ts';

/** How much there is to do, for metrics. */
export interface StateFigures {
  /** Open ones, by kind and state. */
  readonly workflows: readonly WorkflowCount[];
  /** Those that need a person, by kind. */
  readonly reviews: readonly { readonly kind: string; readonly count: number }[];
  /** Those that wait since an upstream refuses us, by kind. */
  readonly refused: readonly RefusedCount[];
  /** Rows that wait with an unknown outcome, by kind. */
  readonly inDoubt: readonly { readonly kind: string; readonly count: number }[];
  readonly inbox: { readonly waiting: number; readonly parked: number; readonly oldestMs: number };
  /** Since when the copy of the broker's directory may be out of date; null before it is complete. */
  readonly instrumentsCheckedAt: number | null;
  readonly synchronization: SynchronizationFigures;
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
  const [workflows, reviews, refused, inDoubt, inbox, copy, synchronization] = await Promise.all([
    countOpenWorkflows(reading),
    reviewsByKind,
    countRefusedWorkflows(reading),
    countUnansweredWorkflows(reading),
    inboxLag(reading),
    instrumentCopy(reading),
    synchronizationFigures(reading),
  ]);
  return {
    workflows,
    reviews,
    refused,
    inDoubt,
    inbox,
    instrumentsCheckedAt: copy.checked_at,
    synchronization,
    now: reading.now(),
  };
}

/** Wait reasons while an upstream refuses the gateway. */
const REFUSED_REASONS = ['upvest-refused', 'investsuite-refused'] as const;

export interface RefusedCount {
  readonly kind: string;
  readonly system: 'UPVEST' | 'INVESTSUITE';
  readonly count: number;
}

/** Rows that wait because an upstream refuses us, by kind; for metrics. */
async function countRefusedWorkflows(reading: Reading): Promise<RefusedCount[]> {
  const rows = await reading.db
    .selectFrom('workflows')
    .select((select) => ['kind', 'waiting_for', select.fn.countAll<number>().as('count')])
    .where('waiting_for', 'in', [...REFUSED_REASONS])
    .groupBy(['kind', 'waiting_for'])
    .execute();
  return rows.map(({ kind, waiting_for: reason, count }) => ({
    kind,
    system: reason === 'upvest-refused' ? 'UPVEST' : 'INVESTSUITE',
    count,
  }));
}

/** Rows with an unknown outcome, by kind; for metrics. */
async function countUnansweredWorkflows(reading: Reading): Promise<{ kind: string; count: number }[]> {
  return await reading.db
    .selectFrom('workflows')
    .select((select) => ['kind', select.fn.countAll<number>().as('count')])
    .where('step', 'is not', null)
    .where('sent_at', 'is not', null)
    .where('waiting_for', 'is not', null)
    .groupBy('kind')
    .execute();
}
