import { z } from 'zod';
import { decimalText } from '../../domain/parsed-text.ts';
import type { WithdrawalState } from '../../domain/withdrawal.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { withdrawalInputOf } from '../cash/rows.ts';
import { keepJson, readKept } from '../engine/kept-json.ts';
import { type Decision, enter, type RowPatch } from '../engine/step.ts';
import { cancelMemory } from '../virtual-cash/cancel-at-broker.ts';

const ENDINGS = ['CANCELLED', 'FAILED', 'RETURNED'] as const satisfies readonly WithdrawalState[];
export type Ending = (typeof ENDINGS)[number];

/** Data that a withdrawal keeps for later steps. */
const progress = z.object({
  /** The end that it comes to once its reservation is released. */
  ending: z.object({ state: z.enum(ENDINGS), reason: z.string().nullable() }).optional(),
  /** The others' reserved amount before InvestSuite's withdraw event, which empties the total. */
  others: decimalText.optional(),
  /** The withdraw event was accepted, or the gateway has booked the withdrawal. */
  told: z.boolean().optional(),
  /** InvestSuite had the transaction before this row sent it: see {@link HoldingsBooking.isPerhapsBooked}. */
  foundBooked: z.boolean().optional(),
  cancel: cancelMemory.nullable().optional(),
  /** Tax that the broker keeps; see `taxesOf` in rows.ts. */
  taxes: decimalText.optional(),
});
export type Progress = z.infer<typeof progress>;

export const progressOf = (row: WorkflowRow): Progress =>
  row.progress === null ? {} : readKept(progress, row.progress);

/** The progress of a row with something more to remember. */
export const remembering = (row: WorkflowRow, more: Progress): RowPatch => ({
  progress: keepJson({ ...progressOf(row), ...more }),
});

/** Ends the row after its reservation is released; cancellation requests are answered then. */
export function leave(row: WorkflowRow, state: Ending, reason: string | null): Decision<'withdrawal'> {
  if (row.reserved !== null)
    return { kind: 'advance', step: 'release', patch: remembering(row, { ending: { state, reason } }) };
  return {
    kind: 'advance',
    states: [enter(state, reason)],
    step: null,
    patch: { reserved: null, cancel_requested_at: null },
    ...(row.cancel_requested_at !== null && { cancelAnswer: state === 'CANCELLED' ? 'cancelled' : 'notCancellable' }),
  };
}

/** The first booking step after the broker has paid. */
export const bookFirst = (row: WorkflowRow) =>
  withdrawalInputOf(row).booking === 'gateway' ? 'book-transaction' : 'tell';

/** A cancellation was requested, and the current step has sent nothing that makes it too late. */
export const isToBeCancelled = (row: WorkflowRow): boolean => row.cancel_requested_at !== null && row.sent_at === null;
