import {
  getWorkflow,
  LeaseLostError,
  type Store,
  type WorkflowRow,
  type WriteHow,
  type Writing,
} from '../../store/index.ts';

/**
 * Changes a row, once: a store that could not confirm a commit does the work again, and then the row may be as the first run has
 * left it. The same change would else be audited twice, and look altered. Undefined where the lease is lost.
 */
export async function writeOnce(
  store: Store,
  change: (writing: Writing) => Promise<WorkflowRow | undefined>,
  how?: WriteHow,
): Promise<WorkflowRow | undefined> {
  let made: WorkflowRow | undefined;
  const work = async (writing: Writing): Promise<WorkflowRow | undefined> => {
    const now = made && (await getWorkflow(writing, made.id));
    if (made === undefined || now === undefined || !isSameChange(now, made)) made = await change(writing);
    return made;
  };
  return await store.write(work, how).catch(ignoreLeaseLost);
}

/** Columns that others may set since: nudges, cancellations, renewals of the lease. */
const SET_BY_OTHERS: ReadonlySet<string> = new Set(['due_at', 'nudges', 'cancel_requested_at', 'lease_until']);

/** Whether the row is as the change made it. Of a change that was rolled back it is not, however short ago the one before was. */
const isSameChange = (now: WorkflowRow, made: WorkflowRow): boolean => valuesOf(now) === valuesOf(made);

const valuesOf = (row: WorkflowRow): string =>
  JSON.stringify(Object.entries(row).filter(([column]) => !SET_BY_OTHERS.has(column)));

export const isSameLease = (now: WorkflowRow, then: WorkflowRow): boolean =>
  now.fence === then.fence && now.lease_owner === then.lease_owner;

function ignoreLeaseLost(error: unknown): undefined {
  if (!(error instanceof LeaseLostError)) throw error;
}
