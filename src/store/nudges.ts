import { oneSpelling } from '../domain/ids.ts';
import type { Writing } from './store.ts';
import { type Nudge, nudge } from './workflows.ts';

/** Subjects in one statement; both databases bound the number of parameters. */
const CHUNK = 500;

/**
 * Makes the rows of many nudges due now. A delivery may bring thousands of events, each about another object: those are
 * looked for together, and the few that wait for something of an account group or portfolio one by one.
 */
export async function nudgeAll(writing: Writing, nudges: readonly Nudge[]): Promise<void> {
  const subjects = new Set<string>();
  const others = new Map<string, Nudge>();
  for (const each of nudges) {
    if ('subject' in each) subjects.add(each.subject);
    else others.set(JSON.stringify(each), each);
  }
  await nudgeSubjects(writing, [...subjects]);
  for (const each of await waitedFor(writing, [...others.values()])) await nudge(writing, each);
}

/** Makes waiting rows due that are in doubt: an event of the broker may be about what their attempt did. */
export async function nudgeWaiting(writing: Writing, ids: readonly string[]): Promise<void> {
  await nudgeEach(writing, ids, (update, some) => update.where('id', 'in', some).where('waiting_for', 'is not', null));
}

const dueNow = (writing: Writing) =>
  writing.db
    .updateTable('workflows')
    .set((set) => ({ due_at: writing.now(), nudges: set('nudges', '+', 1) }))
    .where('state', '<>', 'NEEDS_REVIEW');

async function nudgeEach(
  writing: Writing,
  names: readonly string[],
  only: (update: ReturnType<typeof dueNow>, some: readonly string[]) => ReturnType<typeof dueNow>,
): Promise<void> {
  for (let start = 0; start < names.length; start += CHUNK) {
    const rows = await only(dueNow(writing), names.slice(start, start + CHUNK))
      .returning('id')
      .execute();
    if (rows.length > 0) writing.wake('work');
  }
}

const nudgeSubjects = (writing: Writing, subjects: readonly string[]): Promise<void> =>
  nudgeEach(writing, subjects, (update, some) => update.where('subject', 'in', some));

/** Leaves out nudges that no row waits for: most cash balances change without a withdrawal that waits for cash. */
async function waitedFor(writing: Writing, nudges: readonly Nudge[]): Promise<readonly Nudge[]> {
  if (nudges.length <= 1) return nudges;
  const rows = await writing.db
    .selectFrom('workflows')
    .select(['waiting_for', 'account_group_id', 'portfolio_id'])
    .where('waiting_for', 'in', [...new Set(nudges.map(waitingFor))])
    .execute();
  const waiting = new Set(
    rows.flatMap((row) => [
      `${row.waiting_for} group ${row.account_group_id === null ? null : oneSpelling(row.account_group_id)}`,
      `${row.waiting_for} portfolio ${row.portfolio_id}`,
    ]),
  );
  return nudges.filter((each) => {
    if ('subject' in each || 'workflowId' in each) return true;
    const whose = 'accountGroupId' in each ? `group ${each.accountGroupId}` : `portfolio ${each.portfolioId}`;
    return waiting.has(`${each.waitingFor} ${whose}`);
  });
}

const waitingFor = (each: Nudge): string => ('waitingFor' in each ? each.waitingFor : '');
