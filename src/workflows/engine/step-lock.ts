import {
  getWorkflow,
  type HistoryRow,
  LeaseLostError,
  type Lock,
  type LockName,
  type Store,
  takeLock,
  type WorkflowRow,
  type Writing,
} from '../../store/index.ts';
import type { Decision, Step } from './step.ts';
import { isSameLease } from './write-once.ts';

/** A lock that is only computed under: long enough for slow reads, short enough after a crash. */
const LOCK_MS = 60_000;
/** A lock under which something of unknown outcome was sent is held until that is settled. */
const LOCK_IN_DOUBT_MS = 30 * 24 * 3_600_000;

/** What is known of a row besides its columns, for as long as its lease holds. */
export interface Known {
  readonly history: readonly HistoryRow[] | undefined;
  /** The lock of its step, where it was taken with the commit before. */
  readonly lock?: Lock | undefined;
}

/** Takes the lock of a row's step, or keeps it; undefined while another row has it. */
export const takeForStep = (writing: Writing, row: WorkflowRow, name: LockName): Promise<Lock | undefined> =>
  takeLock(writing, name, row.id, writing.now() + (row.sent_at === null ? LOCK_MS : LOCK_IN_DOUBT_MS));

/** Keeps the lock that a step computed under. Throws LeaseLostError where another row has had it since: what was read may be old. */
export async function keepForCommit(writing: Writing, row: WorkflowRow, lock: Lock | undefined): Promise<void> {
  const kept = lock && (await takeForStep(writing, row, lock.name));
  if (kept?.fence !== lock?.fence) throw new LeaseLostError(row.id);
}

/** Takes it in a transaction of its own. Throws LeaseLostError. */
export const takeBeforeStep = (store: Store, row: WorkflowRow, name: LockName): Promise<Lock | undefined> =>
  store.write(
    async (writing) => {
      // A lock taken after the lease was lost would be held by a row that nobody works on, until its time is over.
      const now = await getWorkflow(writing, row.id);
      if (now === undefined || !isSameLease(now, row)) throw new LeaseLostError(row.id);
      return await takeForStep(writing, row, name);
    },
    { mayBeLost: row.sent_at === null },
  );

/** Takes the lock of the step that a row goes on with, in the commit that says so; undefined where it needs none or another row has it. */
export async function takeForNext(
  writing: Writing,
  row: WorkflowRow,
  step: Step | undefined,
): Promise<Lock | undefined> {
  const name = step?.lock?.(row);
  return name && (await takeForStep(writing, row, name));
}

/** The same in the commit that marks the step too. Throws LeaseLostError where another row has it: then nothing of the commit may stand. */
export async function takeForMark(writing: Writing, row: WorkflowRow, { lock }: Step): Promise<Lock | undefined> {
  const name = lock?.(row);
  if (name === undefined) return undefined;
  const taken = await takeLock(writing, name, row.id, writing.now() + LOCK_IN_DOUBT_MS);
  if (taken === undefined) throw new LeaseLostError(row.id);
  return taken;
}

/** Whether a row keeps its lock after a decision of its step. */
export function keepsLock(step: Step | undefined, decision: Decision): boolean {
  if (decision.kind === 'advance') return decision.keepLock === true;
  return decision.kind === 'wait' && step?.kind === 'write' && step.keepsLock === true;
}
