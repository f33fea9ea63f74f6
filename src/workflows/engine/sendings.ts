import { z } from 'zod';
import type { Refused } from '../../datasources/upstream/outcome.ts';
import type { UpstreamSystem } from '../../errors.ts';
import type { WorkflowRow } from '../../store/index.ts';
import type { Settlement } from './settle.ts';
import type { Attempt } from './step.ts';

/** A refusal as it is kept: without data of the request, see {@link Explanation}. */
const refusal = z.object({
  at: z.number(),
  system: z.enum(['INVESTSUITE', 'UPVEST']),
  status: z.number(),
  code: z.string().nullable(),
  message: z.string().nullable(),
  requestId: z.string().nullable(),
});
export type KeptRefusal = z.infer<typeof refusal>;

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
  /** The last refusal, whatever came of the step; undefined where there was none, or in an earlier release. */
  refusal: refusal.optional(),
});
export type Sending = z.infer<typeof sending>;

const sendings = z.object({
  version: z.literal(1),
  steps: z.record(z.string(), sending),
  /** How the row had ended before an event of the broker put that in doubt. */
  ended: z.object({ state: z.enum(['FAILED', 'CANCELLED']), reason: z.string().nullable() }).optional(),
  /** Notes of operators, by the version that their decision made of the row: the number of its entry in the history. */
  notes: z.array(z.object({ version: z.number(), note: z.string() })).optional(),
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

/** The columns of a mark: what is sent, and when. */
export const markOf = (
  row: WorkflowRow,
  memo: string,
  at: number,
): Pick<WorkflowRow, 'memo' | 'sent_at' | 'sendings'> => ({
  memo,
  sent_at: at,
  ...withSending({ ...row, sent_at: at }, { lastAt: at, refused: null }),
});

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

/** Keeps that the outcome of an attempt is unknown. */
export function doubtedStep(
  row: WorkflowRow,
  { answered, refusal }: Settlement & { readonly kind: 'unknown' },
  attempt: Attempt | undefined,
  now: number,
): Pick<WorkflowRow, 'sendings'> {
  return withSending(row, {
    doubtedAt: sendingOf(row, row.step ?? '')?.doubtedAt ?? now,
    ...(answered === true && attempt !== undefined && { lastAt: attempt.lastAt }),
    ...(refusal !== undefined && { refused: { since: attempt?.refusedSince ?? now, status: refusal.status } }),
  });
}

/** Keeps why the present step was refused: the column for operators, and a note for the audit. */
export function refusedStep(row: WorkflowRow, system: UpstreamSystem, { status, explanation }: Refused, at: number) {
  const { code = null, message = null, requestId = null } = explanation ?? {};
  const refusal = { system, status, code, message, requestId };
  return { also: withSending(row, { refusal: { ...refusal, at } }), note: { refusal: { ...refusal, step: row.step } } };
}

/** The last refusal of each step that an upstream has refused, oldest first. */
export function refusalsOf(row: Pick<WorkflowRow, 'sendings'>): readonly (KeptRefusal & { readonly step: string })[] {
  const kept = Object.entries(read(row).steps).flatMap(([step, sent]) =>
    sent.refusal === undefined ? [] : [{ ...sent.refusal, step }],
  );
  return kept.sort((a, b) => a.at - b.at);
}

/** The column with an operator's note on the next entry of the history. */
export function withNote(row: Pick<WorkflowRow, 'sendings' | 'version'>, note: string): Pick<WorkflowRow, 'sendings'> {
  const kept = read(row);
  const notes = [...(kept.notes ?? []), { version: row.version + 1, note }];
  return { sendings: JSON.stringify({ ...kept, notes } satisfies Sendings) };
}

export const notesOf = (row: Pick<WorkflowRow, 'sendings'>): NonNullable<Sendings['notes']> => read(row).notes ?? [];
