import { dayOf } from '../../domain/calendar-day.ts';
import type { DateTime } from '../../domain/datetime.ts';
import { isOver } from '../../domain/order/follow.ts';
import { figuresOf, type OrderState, stands } from '../../domain/order/placed.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { timeOf } from '../cash/rows.ts';
import { keepJson } from '../engine/kept-json.ts';
import {
  type BegunRow,
  type Decision,
  enter,
  type ObserveStep,
  type RowPatch,
  review,
  type StepContext,
} from '../engine/step.ts';
import { type OrderNews, orderNews } from '../order/news.ts';
import { cancelled } from './cancel-at-broker.ts';
import { recorded } from './record.ts';
import { brokerOrderIdOf, type OrderProgress, orderInputOf, progressOf, remembering } from './rows.ts';
import { followerRow, lookForOrder, submitted } from './submit.ts';

/** Follows the order at the broker until it and all its fills are final; has it cancelled where that was asked for. */
export const watch: ObserveStep<'order'> = {
  kind: 'observe',
  run: async (context) => {
    const { row } = context;
    const orderId = brokerOrderIdOf(row);
    // Marked as placed by an operator, who does not give Upvest's id.
    if (orderId === null) return await withoutId(context);
    const news = await orderNews(context.ports, context, orderId);
    if (news === undefined) return { kind: 'wait', for: 'broker-event' };
    return (await cancelled(context, news)) ?? (await follow(context, news));
  },
  // InvestSuite refused to record the order: whether an operator has recorded it there by hand or not, the row is over.
  resolve: { done: seenTo, notDone: seenTo },
};

async function withoutId(context: StepContext): Promise<Decision<'order'>> {
  const seen = await lookForOrder(context);
  return seen.kind === 'found'
    ? { ...submitted(context.row, seen.value), states: [] }
    : { kind: 'wait', for: 'broker-event' };
}

/** Decides by the state of the order at the broker. */
export async function follow(context: StepContext, news: OrderNews): Promise<Decision<'order'>> {
  const { row } = context;
  const late = await recordedLate(context);
  const broker = snapshotOf(news);
  const patch: RowPatch = remembering(row, { ...late.progress, broker });
  const states = statesFor(context, news, isTradedAlike(progressOf(row).broker, broker));
  const { notRecorded, isReviewed } = progressOf(row);
  if (
    isOver(news) &&
    states.length === 0 &&
    notRecorded !== undefined &&
    isReviewed !== true &&
    news.executions.some(stands)
  )
    return review(`InvestSuite refused to record the order, which the broker has carried out. ${notRecorded}`);
  const isEnded = isOver(news) && isTold({ ...progressOf(row), ...late.progress }, news);
  const answer =
    row.cancel_requested_at !== null && states.some(({ state }) => state === 'CANCELLED' || state === 'EXPIRED');
  const cancel = answer ? ({ cancelAnswer: 'cancelled' } as const) : {};
  const patched = answer ? { ...patch, cancel_requested_at: null } : patch;
  return isEnded
    ? { kind: 'advance', step: null, states, patch: patched, begin: late.begin, ...cancel }
    : { kind: 'wait', for: 'broker-event', states, patch: patched, begin: late.begin, ...cancel };
}

/** InvestSuite has the order, an operator has seen to it, or there is nothing that it would have to know. */
const isTold = ({ transactionId, notRecorded, isReviewed }: OrderProgress, { executions }: OrderNews): boolean =>
  transactionId !== undefined || isReviewed === true || (notRecorded !== undefined && !executions.some(stands));

function seenTo({ row }: Pick<StepContext, 'row'>): Decision<'order'> {
  return { kind: 'advance', step: null, patch: remembering(row, { isReviewed: true }) };
}

/** The order was sent before InvestSuite had it: its transaction follows from when that is there. */
async function recordedLate(
  context: StepContext,
): Promise<{ readonly progress: OrderProgress; readonly begin: readonly BegunRow[] }> {
  const { row } = context;
  const known = progressOf(row);
  if (known.transactionId !== undefined || known.notRecorded !== undefined) return { progress: {}, begin: [] };
  const outcome = await recorded(context);
  if (outcome === undefined) return { progress: {}, begin: [] };
  if (outcome.kind === 'failed') return { progress: { notRecorded: outcome.failure.message }, begin: [] };
  const { id } = outcome.value;
  return { progress: { transactionId: id }, begin: [followerRow(brokerOrderIdOf(row) ?? '', id)] };
}

type Snapshot = NonNullable<OrderProgress['broker']>;

const snapshotOf = ({ status, fee, cancellationReason, executions }: OrderNews): Snapshot => ({
  status,
  fee,
  cancellationReason,
  executions: executions.map(({ reportedAt: _, ...execution }) => ({ ...execution, taxes: [...execution.taxes] })),
});

/** Whether there is nothing new to tell of: a status is told by its state. */
const isTradedAlike = (before: Snapshot | undefined, now: Snapshot): boolean => tradedText(before) === tradedText(now);

const tradedText = (broker: Snapshot | undefined): string => {
  const executions = broker?.executions ?? [];
  return keepJson({ executions, fee: executions.length === 0 ? null : (broker?.fee ?? null) });
};

const WAY = ['SUBMITTED', 'WORKING', 'FILLED', 'SETTLED'] as const satisfies readonly OrderState[];
type OnTheWay = (typeof WAY)[number];
const isOnTheWay = (state: string): state is OnTheWay => WAY.some((each) => each === state);

/** The states to enter: all between, since the broker fills an order only while it is PROCESSING, and settles what is filled. */
function statesFor(context: StepContext, news: OrderNews, isSame: boolean) {
  const { row } = context;
  const [state, reason] = stateOf(context, news);
  if (!isOnTheWay(state)) return row.state === state && isSame ? [] : [enter(state, reason)];
  // A state that the broker showed before stays: a read that lags does not take a fill back.
  const before = isOnTheWay(row.state) ? WAY.indexOf(row.state) : -1;
  if (!isOnTheWay(row.state)) return [];
  const to = WAY.indexOf(state);
  const entered = WAY.slice(before + 1, to + 1).map((each) => enter(each));
  if (entered.length > 0 || isSame || before > to) return entered;
  return row.state === 'SETTLED' ? [] : [enter(row.state, filledNote(row, news))];
}

function stateOf(
  { row, now }: StepContext,
  { status, executions, cancellationReason, updatedAt }: OrderNews,
): [OrderState, string | null] {
  const standing = executions.filter(stands);
  switch (status) {
    case 'FILLED':
      if (executions.length > 0 && standing.length === 0) return ['CANCELLED', 'All executions were taken back.'];
      return [standing.length > 0 && standing.every((each) => each.status === 'SETTLED') ? 'SETTLED' : 'FILLED', null];
    case 'CANCELLED':
      return endOfCancelled(row, updatedAt ?? timeOf(now), cancellationReason);
    case 'PROCESSING':
      return ['WORKING', null];
    default:
      return [standing.length > 0 ? 'WORKING' : 'SUBMITTED', null];
  }
}

/** `at`: when the broker cancelled it; its event may come a day later, and its calendar is not the gateway's. */
function endOfCancelled(row: WorkflowRow, at: DateTime, because: string | null): [OrderState, string] {
  if (row.cancel_requested_at !== null || because === 'CANCELLED_BY_CLIENT')
    return ['CANCELLED', 'Cancelled on request.'];
  const { expiresOn } = orderInputOf(row);
  const day = dayOf(at);
  if (expiresOn !== null && day !== undefined && day > expiresOn)
    return ['EXPIRED', 'It was not filled by its last day.'];
  return ['CANCELLED', `Cancelled by the broker${because === null ? '' : ` (${because})`}.`];
}

/** For the history: how much is filled. */
function filledNote(row: WorkflowRow, { executions, fee }: OrderNews): string {
  const { filledQuantity } = figuresOf(executions, fee);
  const { quantity } = orderInputOf(row);
  return quantity === null ? `${filledQuantity} filled.` : `${filledQuantity} of ${quantity} filled.`;
}
