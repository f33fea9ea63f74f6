import { z } from 'zod';
import type { StepOf, WorkflowKind } from '../../domain/workflow-kinds.ts';
import { brokerIdOf } from '../cash/broker-events.ts';
import { KEY_LIFETIME_MS, saysTooLate, waitForUs, waitUnsent } from '../engine/settle.ts';
import { type Decision, type RowPatch, review, type StepContext } from '../engine/step.ts';
import { statusOfVirtualCash } from './broker.ts';

/** Kept before a DELETE is sent; times in milliseconds since 1970. */
export const cancelMemory = z.object({
  /** The lease under which it is sent. */
  fence: z.number(),
  /** An earlier DELETE may have been taken already: its answer was lost. */
  again: z.boolean(),
  /** When it was marked; rows of earlier releases lack it. */
  at: z.number().optional(),
  /** An answer to it is known. */
  answered: z.boolean().optional(),
  /** When the last DELETE without a known answer was marked: a late arrival counts from here. */
  doubtAt: z.number().optional(),
});
export type CancelMemory = z.infer<typeof cancelMemory>;

/** Stored before the next DELETE is sent. */
export function nextCancel({ row, now }: StepContext, before: CancelMemory | null): CancelMemory {
  const isDoubt = before !== null && before.answered !== true;
  const doubtAt = isDoubt ? (before.at ?? now) : before?.doubtAt;
  const again = isDoubt || before?.again === true;
  return { fence: row.fence, again, at: now, ...(doubtAt !== undefined && { doubtAt }) };
}

export interface CancelOptions<K extends WorkflowKind> {
  /** The step that the row is in. */
  readonly step: StepOf<K>;
  readonly memory: CancelMemory | null;
  readonly remember: (memory: CancelMemory | null) => RowPatch;
  readonly end: (state: 'CONFIRMED' | 'CANCELLED', reason: string | null) => Decision<K>;
}

/**
 * Asks Upvest to cancel a decrease. Upvest can't return a decrease, so a refusal after a lost answer (it may be
 * cancelled already) is settled by webhooks and the cash ledger.
 */
export async function cancelVirtualCash<K extends WorkflowKind>(
  context: StepContext,
  options: CancelOptions<K>,
): Promise<Decision<K>> {
  const { row, ports, sending } = context;
  const { memory, remember, end } = options;
  if (memory?.fence !== row.fence || memory.answered === true) {
    return { kind: 'advance', step: options.step, patch: remember(nextCancel(context, memory)) };
  }
  const outcome = await ports.upvest.cancelVirtualCashDecrease(brokerIdOf(row.subject) ?? '', sending);
  switch (outcome.kind) {
    case 'accepted':
      return end('CANCELLED', 'Cancelled on request.');
    case 'notSent':
      return { ...waitUnsent('UPVEST', outcome), patch: remember({ ...memory, answered: true }) };
    case 'unknown':
      return { kind: 'wait', for: 'upvest' };
    case 'refused':
      return await afterRefusal(context, memory, options, outcome.status);
    default:
      return outcome satisfies never;
  }
}

async function afterRefusal<K extends WorkflowKind>(
  context: StepContext,
  memory: CancelMemory,
  { end, remember }: CancelOptions<K>,
  refused: number,
): Promise<Decision<K>> {
  const { row, now } = context;
  const status = await statusOfVirtualCash(context, 'DECREASE', brokerIdOf(row.subject) ?? '', true);
  if (status === 'CONFIRMED') return end('CONFIRMED', null);
  if (status === 'CANCELLED') return end('CANCELLED', 'Cancelled on request.');
  // The refusal concerns the gateway's permissions or a proxy, not the decrease.
  if (!saysTooLate(refused)) return { ...waitForUs('UPVEST', refused), patch: remember({ ...memory, answered: true }) };
  if (!memory.again) {
    const patch = { ...remember(null), cancel_requested_at: null };
    return { kind: 'wait', for: 'broker-event', patch, cancelAnswer: 'notCancellable' };
  }
  if (now - (row.cancel_requested_at ?? now) < KEY_LIFETIME_MS) return { kind: 'wait', for: 'broker-event' };
  return review('Upvest reported neither that the decrease was cancelled nor that it was confirmed. Look at Upvest.');
}
