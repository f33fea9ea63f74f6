import type {
  BrokerVirtualCashStatus,
  BrokerWithdrawal,
  BrokerWithdrawalStatus,
} from '../../domain/broker-payments.ts';
import type { Decimal } from '../../domain/decimal.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { brokerIdOf, newestVirtualCash, newestWithdrawal } from '../cash/broker-events.ts';
import { staysEnded } from '../cash/ended.ts';
import { withdrawalInputOf } from '../cash/rows.ts';
import { endOf } from '../engine/sendings.ts';
import { type Decision, enter, type ObserveStep, review, type StepContext } from '../engine/step.ts';
import { saysTooLate, waitForUs, waitUnsent } from '../engine/write-step.ts';
import { statusOfVirtualCash } from '../virtual-cash/broker.ts';
import { cancelVirtualCash, nextCancel } from '../virtual-cash/cancelling.ts';
import { bookFirst, leave, progressOf, remembering } from './progress.ts';
import { findUnderAnotherId } from './submit.ts';
import { withTaxes } from './taxes.ts';

/** How far the broker is with the payment, whichever way it pays. */
export interface Payment {
  readonly stage: 'new' | 'processing' | 'paid' | 'cancelled' | 'unknown';
  /** The broker's word for why it was cancelled. */
  readonly cancellationReason: string | null;
  /** Tax that the broker keeps; null where it has not said. */
  readonly taxes: Decimal | null;
}

const STAGES: Readonly<Record<BrokerWithdrawalStatus | BrokerVirtualCashStatus, Payment['stage']>> = {
  NEW: 'new',
  ISSUED: 'new',
  PROCESSING: 'processing',
  QUEUED: 'processing',
  CONFIRMED: 'paid',
  CANCELLED: 'cancelled',
  UNKNOWN: 'unknown',
};

const payment = (withdrawal: BrokerWithdrawal | undefined): Payment => ({
  stage: STAGES[withdrawal?.status ?? 'UNKNOWN'],
  cancellationReason: withdrawal?.cancellationReason ?? null,
  taxes: withdrawal?.taxes ?? null,
});

/** State from webhooks; without an upstream call. */
export async function toldPayment({ row, read }: StepContext): Promise<Payment> {
  const { subject } = row;
  if (subject === null) return payment(undefined);
  if (withdrawalInputOf(row).payout === 'withdrawal') {
    return payment(await read((reading) => newestWithdrawal(reading, subject, null)));
  }
  const told = await read((reading) => newestVirtualCash(reading, subject));
  return { stage: STAGES[told?.status ?? 'UNKNOWN'], cancellationReason: null, taxes: null };
}

/** State from webhooks and from the broker's answer. */
async function readPayment(context: StepContext): Promise<Payment> {
  const { row, ports, read } = context;
  const { subject } = row;
  const id = brokerIdOf(subject);
  if (subject === null || id === null) return payment(undefined);
  if (withdrawalInputOf(row).payout === 'withdrawal') {
    const now = await ports.upvest.withdrawal(id);
    return payment(await read((reading) => newestWithdrawal(reading, subject, now)));
  }
  const stage = STAGES[await statusOfVirtualCash(context, 'DECREASE', id, true)];
  return { stage, cancellationReason: null, taxes: null };
}

/** Follows the payment until it is paid or cancelled; asks for it to be cancelled where that was wanted. */
export const watch: ObserveStep = {
  kind: 'observe',
  run: async (context) => {
    const { row } = context;
    // Right after it was made only the inbox is looked at: the webhook may have been here before the id was known.
    const isFirstLook = row.waiting_for === null && row.cancel_requested_at === null && row.state === 'SUBMITTED';
    const now = isFirstLook ? await toldPayment(context) : await readPayment(context);
    const elsewhere = isUnheardOf(row, now) ? await findUnderAnotherId(context) : undefined;
    if (elsewhere !== undefined) return elsewhere;
    return await withTaxes(
      row,
      now.taxes,
      async (taxed) => (await cancelled({ ...context, row: taxed }, now)) ?? follow(taxed, now),
    );
  },
  resolve: {
    done: ({ row }) => paid(row),
    notDone: ({ row }) => leave(row, 'FAILED', 'Marked as not paid by an operator.'),
  },
};

/** Requested more than once, so not merely late, and neither returned nor reported. */
const isUnheardOf = (row: WorkflowRow, { stage }: Payment): boolean =>
  stage === 'unknown' && row.attempts >= 2 && withdrawalInputOf(row).payout === 'withdrawal';

/** Decision for a stage of the payment. */
export function follow(row: WorkflowRow, now: Payment): Decision {
  switch (now.stage) {
    case 'paid':
      return isPaid(row) ? { kind: 'advance', step: bookFirst(row) } : paid(row);
    case 'cancelled':
      return isPaid(row) ? returned(row, now) : leave(row, ...endOfCancelled(row, now));
    case 'processing':
      return { kind: 'wait', for: 'broker-event', states: row.state === 'PROCESSING' ? [] : [enter('PROCESSING')] };
    case 'new':
    case 'unknown':
      return { kind: 'wait', for: 'broker-event' };
    default:
      return now.stage satisfies never;
  }
}

const isPaid = (row: WorkflowRow): boolean => row.state === 'PAID' || row.state === 'COMPLETED';

const paid = (row: WorkflowRow): Decision => ({
  kind: 'advance',
  // Upvest reaches CONFIRMED only through PROCESSING, so the row enters it too.
  states: [
    ...(row.state === 'SUBMITTED' && withdrawalInputOf(row).payout === 'withdrawal' ? [enter('PROCESSING')] : []),
    enter('PAID'),
  ],
  step: bookFirst(row),
  ...(row.cancel_requested_at !== null && { patch: { cancel_requested_at: null }, cancelAnswer: 'notCancellable' }),
});

/** The bank sent it back after it had been paid out. */
export function returned(row: WorkflowRow, { cancellationReason }: Payment): Decision {
  const by = cancellationReason === null ? '' : ` (${cancellationReason})`;
  const told = progressOf(row).told === true;
  const reason = told
    ? `The bank returned the payment to the broker${by}. InvestSuite has booked the withdrawal, but not the return.`
    : `The bank returned the payment to the broker${by}. InvestSuite has not booked the withdrawal.`;
  return leave(row, 'RETURNED', reason);
}

function endOfCancelled(row: WorkflowRow, { cancellationReason }: Payment): ['CANCELLED' | 'FAILED', string] {
  // A DELETE whose answer was lost may be why, also where a repetition of it was refused.
  const isOurs = row.cancel_requested_at !== null || progressOf(row).cancel?.again === true;
  if (isOurs || cancellationReason === 'CANCELLED_BY_CLIENT') {
    return ['CANCELLED', 'Cancelled on request.'];
  }
  return ['FAILED', `Cancelled by the broker${cancellationReason === null ? '' : ` (${cancellationReason})`}.`];
}

/** Has it cancelled where that was asked for and may still work; undefined where there is nothing to do about it. */
async function cancelled(context: StepContext, now: Payment): Promise<Decision | undefined> {
  const { row } = context;
  if (row.cancel_requested_at === null || now.stage === 'paid' || now.stage === 'cancelled') return undefined;
  if (withdrawalInputOf(row).payout === 'virtual-cash') {
    return await cancelVirtualCash(context, {
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
async function cancelWithdrawal(context: StepContext): Promise<Decision> {
  const { row, ports, sending } = context;
  const memory = progressOf(row).cancel ?? null;
  if (memory?.fence !== row.fence || memory.answered === true) {
    return { kind: 'advance', step: row.step, patch: remembering(row, { cancel: nextCancel(context, memory) }) };
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
      const now = await readPayment(context);
      if (now.stage === 'paid' || now.stage === 'cancelled') return follow(row, now);
      if (now.stage === 'processing') return tooLate(row, now);
      // A refusal alone proves neither that the payment continues nor that an earlier DELETE failed.
      if (!saysTooLate(outcome.status)) return { ...waitForUs('UPVEST', outcome.status), patch: answered };
      const tries = row.waiting_for === 'upvest' ? row.attempts : 0;
      const mayArrive = memory.doubtAt !== undefined && context.now - memory.doubtAt < context.lateArrivalMs;
      return tries < REFUSED_CANCELS || mayArrive
        ? { kind: 'wait', for: 'upvest', patch: answered }
        : tooLate(row, now);
    }
    default:
      return outcome satisfies never;
  }
}

function tooLate(row: WorkflowRow, now: Payment): Decision {
  const states = now.stage === 'processing' && row.state !== 'PROCESSING' ? [enter('PROCESSING')] : [];
  return {
    kind: 'wait',
    for: 'broker-event',
    states,
    patch: { cancel_requested_at: null },
    cancelAnswer: 'notCancellable',
  };
}

/** A withdrawal that is over is told of again: the bank may have sent the money back, or the broker contradict itself. */
export const recheck: ObserveStep = {
  kind: 'observe',
  run: async (context) => {
    const { row } = context;
    const { stage, taxes } = await toldPayment(context);
    const isNews =
      (row.state === 'COMPLETED' && stage === 'cancelled') ||
      ((row.state === 'CANCELLED' || row.state === 'FAILED') && (stage === 'paid' || stage === 'processing')) ||
      // A late event may report a cancelled payment as NEW; not a failed one.
      (row.state === 'FAILED' && stage === 'new');
    if (!isNews) return await withTaxes(row, taxes, () => ({ kind: 'advance', step: null }));
    const now = await readPayment(context);
    if (row.state === 'COMPLETED')
      return await withTaxes(row, now.taxes, (taxed) =>
        now.stage === 'cancelled' ? returned(taxed, now) : { kind: 'advance', step: null },
      );
    if (now.stage === 'cancelled') return { kind: 'advance', step: null };
    return review(`Upvest is paying a withdrawal whose state here was ${row.state}.`);
  },
  resolve: {
    // It may not be paid yet: followed like any other.
    done: ({ row }) =>
      row.subject === null ? paid(row) : { kind: 'advance', states: [enter('SUBMITTED')], step: 'watch' },
    notDone: (context) =>
      endOf(context.row) === undefined
        ? leave(context.row, 'CANCELLED', 'Marked as not paid by an operator.')
        : staysEnded(context),
  },
};
