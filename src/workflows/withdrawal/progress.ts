import { z } from 'zod';
import type { WithdrawalState } from '../../domain/withdrawal.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { decimalText } from '../cash/booking.ts';
import { withdrawalInputOf } from '../cash/rows.ts';
import { type Decision, enter, type RowPatch } from '../engine/step.ts';
import { cancelMemory } from '../virtual-cash/cancelling.ts';

const ENDINGS = ['CANCELLED', 'FAILED', 'RETURNED'] as const satisfies readonly WithdrawalState[];
export type Ending = (typeof ENDINGS)[number];

/** What a withdrawal remembers from one step to a later one. */
const progress = z.object({
  /** The end that it comes to once its reservation is released. */
  ending: z.object({ state: z.enum(ENDINGS), reason: z.string().nullable() }).optional(),
  /** What others had reserved when InvestSuite was told, which empties the total. */
  others: decimalText.optional(),
  /** InvestSuite knows that the money has left, or we have booked that it has. */
  told: z.boolean().optional(),
  /** InvestSuite had the transaction before this row sent it: see {@link HoldingsBooking.isPerhapsBooked}. */
  foundBooked: z.boolean().optional(),
  cancel: cancelMemory.nullable().optional(),
  /** Tax that the broker keeps; see `taxesOf` in rows.ts. */
  taxes: decimalText.optional(),
});
export type Progress = z.infer<typeof progress>;

export const progressOf = (row: WorkflowRow): Progress =>
  row.progress === null ? {} : progress.parse(JSON.parse(row.progress));

/** The progress of a row with something more to remember. */
export const remembering = (row: WorkflowRow, more: Progress): RowPatch => ({
  progress: JSON.stringify({ ...progressOf(row), ...more }),
});

/** Comes to an end, by way of releasing what is reserved; whoever asked to cancel is told when it is there. */
export function leave(row: WorkflowRow, state: Ending, reason: string | null): Decision {
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

/** What InvestSuite is told first, once the broker has paid. */
export const bookFirst = (row: WorkflowRow): string =>
  withdrawalInputOf(row).booking === 'gateway' ? 'book-transaction' : 'tell';

/** A cancel was asked for, and nothing of the present step has been sent that it would come too late for. */
export const isToBeCancelled = (row: WorkflowRow): boolean => row.cancel_requested_at !== null && row.sent_at === null;
