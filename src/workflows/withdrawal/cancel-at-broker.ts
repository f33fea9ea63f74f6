import type { WorkflowRow } from '../../store/index.ts';
import { brokerIdOf } from '../cash/broker-events.ts';
import { withdrawalInputOf } from '../cash/rows.ts';
import { saysTooLate, waitForUs, waitUnsent } from '../engine/settle.ts';
import { type Decision, enter, type RowPatch, type StepContext } from '../engine/step.ts';
import { cancelVirtualCash, nextCancel } from '../virtual-cash/cancel-at-broker.ts';
import { follow, paid } from './follow.ts';
import { type Payment, readPayment } from './payment.ts';
import { leave, progressOf, remembering } from './progress.ts';

/** Has it cancelled where that was asked for and may still work; undefined where there is nothing to do about it. */
export async function cancelled(context: StepContext, now: Payment): Promise<Decision<'withdrawal'> | undefined> {
  const { row } = context;
  if (row.cancel_requested_at === null || now.stage === 'paid' || now.stage === 'cancelled') return undefined;
  if (withdrawalInputOf(row).payout === 'virtual-cash') {
    return await cancelVirtualCash(context, {
      step: 'watch',
      memory: progressOf(row).cancel ?? null,
      remember: (cancel) => remembering(row, { cancel }),
      end: (state, reason) => (state === 'CANCELLED' ? leave(row, 'CANCELLED', reason) : paid(row)),
    });
  }
  return now.stage === 'processing' ? tooLate(row, now) : await cancelWithdrawal(context);
}

/** Tries of a DELETE that is refused while the payment reads as NEW: a reading may lag behind, the payment may have begun. */
const REFUSED_CANCELS = 4;

/**
 * A second DELETE has no effect, and its result can be read. It is marked nevertheless: one with a lost answer may
 * arrive late, so a refusal of the next one does not end the cancellation before that is ruled out.
 */
async function cancelWithdrawal(context: StepContext): Promise<Decision<'withdrawal'>> {
  const { row, ports, sending } = context;
  const memory = progressOf(row).cancel ?? null;
  if (memory?.fence !== row.fence || memory.answered === true) {
    return { kind: 'advance', step: 'watch', patch: remembering(row, { cancel: nextCancel(context, memory) }) };
  }
  const answered = remembering(row, { cancel: { ...memory, answered: true } });
  const outcome = await ports.upvest.cancelWithdrawal(brokerIdOf(row.subject) ?? '', sending);
  switch (outcome.kind) {
    case 'accepted':
      return leave(row, 'CANCELLED', 'Cancelled on request.');
    case 'notSent':
      return { ...waitUnsent('UPVEST', outcome), patch: answered };
    case 'unknown':
      return { kind: 'wait', for: 'upvest' };
    case 'refused': {
      const mayArrive = memory.doubtAt !== undefined && context.now - memory.doubtAt < context.lateArrivalMs;
      return await refusedCancel(context, outcome.status, answered, mayArrive);
    }
    default:
      return outcome satisfies never;
  }
}

/** A refusal alone proves neither that the payment continues nor that an earlier DELETE failed (`mayArrive`). */
async function refusedCancel(
  context: StepContext,
  status: number,
  answered: RowPatch,
  mayArrive: boolean,
): Promise<Decision<'withdrawal'>> {
  const { row } = context;
  const now = await readPayment(context);
  if (now.stage === 'paid' || now.stage === 'cancelled') return follow(row, now);
  if (now.stage === 'processing') return tooLate(row, now);
  if (!saysTooLate(status)) return { ...waitForUs('UPVEST', status), patch: answered };
  const tries = row.waiting_for === 'upvest' ? row.attempts : 0;
  return tries < REFUSED_CANCELS || mayArrive ? { kind: 'wait', for: 'upvest', patch: answered } : tooLate(row, now);
}

function tooLate(row: WorkflowRow, now: Payment): Decision<'withdrawal'> {
  const states = now.stage === 'processing' && row.state !== 'PROCESSING' ? [enter('PROCESSING')] : [];
  return {
    kind: 'wait',
    for: 'broker-event',
    states,
    patch: { cancel_requested_at: null },
    cancelAnswer: 'notCancellable',
  };
}
