import { z } from 'zod';
import type { WorkflowRow } from '../../store/index.ts';

/** Stored attempts of one step; times in milliseconds since 1970 by the store's clock. */
const sending = z.object({
  /** The first attempt, whatever came of it. */
  firstAt: z.number(),
  /** The last attempt whose answer is not known: a late arrival counts from here. */
  lastAt: z.number(),
  /** When the outcome of an attempt was first unknown; null where it never was. Stays after the doubt has ended. */
  doubtedAt: z.number().nullable(),
  /** Since when repetitions have been refused, and how the last one was. Refusals that speak of the request or of us alike. */
  refused: z.object({ since: z.number(), status: z.number() }).nullable(),
});
export type Sending = z.infer<typeof sending>;

const sendings = z.object({
  version: z.literal(1),
  steps: z.record(z.string(), sending),
  /** How the row had ended before an event of the broker put that in doubt. */
  ended: z.object({ state: z.enum(['FAILED', 'CANCELLED']), reason: z.string().nullable() }).optional(),
});
type Sendings = z.infer<typeof sendings>;

const read = (row: Pick<WorkflowRow, 'sendings'>): Sendings =>
  // A store that is only read may be that of an earlier release.
  row.sendings == null ? { version: 1, steps: {} } : sendings.parse(JSON.parse(row.sendings));

/**
 * The attempts of a step; undefined where it was never sent. A gateway of an earlier release keeps only the mark: then the last
 * attempt was made when the row was last changed, at the latest.
 */
export function sendingOf(
  row: Pick<WorkflowRow, 'sendings' | 'sent_at' | 'updated_at' | 'step'>,
  step: string,
): Sending | undefined {
  const known = read(row).steps[step];
  if (row.sent_at === null || row.step !== step || (known !== undefined && known.lastAt >= row.sent_at)) return known;
  return { firstAt: known?.firstAt ?? row.sent_at, lastAt: row.updated_at, doubtedAt: null, refused: null };
}

/** The column with the attempts of the row's present step as they are now. */
export function withSending(row: WorkflowRow, change: Partial<Sending>): Pick<WorkflowRow, 'sendings'> {
  const step = row.step ?? '';
  const before = sendingOf(row, step);
  const at = row.sent_at ?? change.lastAt ?? row.updated_at;
  const now: Sending = { firstAt: at, lastAt: at, doubtedAt: null, refused: null, ...before, ...change };
  const kept = read(row);
  return { sendings: JSON.stringify({ ...kept, steps: { ...kept.steps, [step]: now } } satisfies Sendings) };
}

/** The column with how the row had ended. */
export const withEnd = (
  row: Pick<WorkflowRow, 'sendings' | 'reason'>,
  state: NonNullable<Sendings['ended']>['state'],
): Pick<WorkflowRow, 'sendings'> => ({
  sendings: JSON.stringify({ ...read(row), ended: { state, reason: row.reason } } satisfies Sendings),
});

/** How the row had ended before that was put in doubt; undefined where it was not. */
export const endOf = (row: Pick<WorkflowRow, 'sendings'>): Sendings['ended'] => read(row).ended;

/** True while it is not known what an attempt of the present step did. */
export const isInDoubt = (row: WorkflowRow): boolean =>
  row.sent_at !== null && row.step !== null && (sendingOf(row, row.step)?.doubtedAt ?? null) !== null;
