import { orderSubject, upvestEvents } from '../cash/broker-events.ts';
import { saysTooLate, waitForUs, waitUnsent } from '../engine/settle.ts';
import { type Decision, enter, type StepContext, type Wait } from '../engine/step.ts';
import { type OrderNews, orderNews } from '../order/news.ts';
import { type CancelMemory, nextCancel } from '../virtual-cash/cancel-at-broker.ts';
import { brokerOrderIdOf, progressOf, remembering } from './rows.ts';

/** Tries of a DELETE that is refused while the order reads as NEW: a reading may lag behind, the order may have begun. */
const REFUSED_CANCELS = 4;
/** An accepted DELETE whose effect does not show by then is sent again. */
const ASK_AGAIN_MS = 60_000;

/** Has it cancelled where that was asked for and may still work; undefined where there is nothing to do about it. */
export async function cancelled(context: StepContext, news: OrderNews): Promise<Decision<'order'> | undefined> {
  const { row } = context;
  if (row.cancel_requested_at === null || news.status === 'CANCELLED') return undefined;
  if (news.status !== 'NEW' && news.status !== 'UNKNOWN') return tooLate(context, news);
  if (await isRejected(context)) return tooLate(context, news);
  return await cancel(context);
}

/** `ORDER_CANCELLATION.REJECTED` since the cancellation was asked for. */
async function isRejected({ row, read }: StepContext): Promise<boolean> {
  const events = await read((reading) => upvestEvents(reading, orderSubject(brokerOrderIdOf(row) ?? '')));
  return events.some(({ type }) => type === 'ORDER_CANCELLATION.REJECTED');
}

/**
 * A DELETE is answered with 202 and done later: the order says what came of it. It is marked before it is sent, since one whose answer
 * was lost may arrive late, and a refusal of the next does not end the cancellation before that is ruled out.
 */
async function cancel(context: StepContext): Promise<Decision<'order'> | undefined> {
  const { row, ports, sending, now } = context;
  const memory = progressOf(row).cancel ?? null;
  const isAsked = memory?.accepted === true && now - (memory.at ?? 0) < ASK_AGAIN_MS;
  if (isAsked) return { kind: 'wait', for: 'broker-event' };
  if (memory?.fence !== row.fence || memory.answered === true) {
    return { kind: 'advance', step: 'watch', patch: remembering(row, { cancel: nextCancel(context, memory) }) };
  }
  const answered = remembering(row, { cancel: { ...memory, answered: true } });
  const outcome = await ports.upvest.cancelOrder(brokerOrderIdOf(row) ?? '', sending);
  switch (outcome.kind) {
    case 'accepted':
      return { ...ASKED, patch: remembering(row, { cancel: { ...memory, answered: true, accepted: true } }) };
    case 'notSent':
      return { ...waitUnsent('UPVEST', outcome), patch: answered };
    case 'unknown':
      return { kind: 'wait', for: 'upvest' };
    case 'refused':
      return await afterRefusal(context, memory, outcome.status);
    default:
      return outcome satisfies never;
  }
}

/** The order says whether the refusal came too late, or the order was cancelled before. */
async function afterRefusal(context: StepContext, memory: CancelMemory, status: number): Promise<Decision<'order'>> {
  const { row, ports, now } = context;
  const answered = remembering(row, { cancel: { ...memory, answered: true } });
  const after = await orderNews(ports, context, brokerOrderIdOf(row) ?? '');
  if (after?.status === 'CANCELLED') return { kind: 'advance', step: 'watch', patch: answered };
  if (after !== undefined && after.status !== 'NEW') return tooLate(context, after);
  if (!saysTooLate(status)) return { ...waitForUs('UPVEST', status), patch: answered };
  const tries = row.waiting_for === 'upvest' ? row.attempts : 0;
  const mayArrive = memory.doubtAt !== undefined && now - memory.doubtAt < context.lateArrivalMs;
  const isOpen = tries < REFUSED_CANCELS || mayArrive || after === undefined;
  return isOpen ? { kind: 'wait', for: 'upvest', patch: answered } : tooLate(context, after);
}

const ASKED: Wait<'order'> = { kind: 'wait', for: 'broker-event' };

/** The order goes on; the next look shows how far it is. */
function tooLate({ row }: StepContext, news: OrderNews): Decision<'order'> {
  const begins = row.state === 'SUBMITTED' && news.status !== 'NEW';
  return {
    kind: 'advance',
    step: 'watch',
    states: begins ? [enter('WORKING')] : [],
    patch: { ...remembering(row, { cancel: undefined }), cancel_requested_at: null },
    cancelAnswer: 'notCancellable',
  };
}
