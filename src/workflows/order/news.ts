import { type BrokerOrderDetails, readSubject } from '../../datasources/upvest/index.ts';
import type { BrokerOrder, BrokerOrderStatus } from '../../domain/broker.ts';
import type { BrokerExecution, BrokerExecutionStatus } from '../../domain/broker-payments.ts';
import { compareDateTimes, type DateTime } from '../../domain/datetime.ts';
import type { FollowedExecution, FollowedOrder } from '../../domain/order/follow.ts';
import { eventsAbout } from '../../store/index.ts';
import { orderSubject, upvestEventsOf } from '../cash/broker-events.ts';
import type { StepContext } from '../engine/step.ts';
import type { OrderPorts } from './ports.ts';

/** An order at the broker, its possible external ids in InvestSuite, and what a transaction says of it besides its fills. */
export type OrderNews = FollowedOrder &
  Pick<BrokerOrder, 'clientReference' | 'cancellationReason' | 'cashAmount' | 'quantity' | 'orderType' | 'limitPrice'>;

/**
 * The broker's current order: the read, and what signed events reported that the read does not show yet (Upvest
 * guarantees no sequence, and a read may lag). Undefined where Upvest does not know the order and no event has all of
 * it. Throws an UpstreamError where Upvest can't be read.
 */
export async function orderNews(
  { upvest }: { readonly upvest: Pick<OrderPorts['upvest'], 'orderKnowing'> },
  { read }: StepContext,
  orderId: string,
): Promise<OrderNews | undefined> {
  const kept = await read((reading) => eventsAbout(reading, orderSubject(orderId)));
  const now = await upvest.orderKnowing(orderId, kept.at(-1)?.id ?? 0);
  const orders: BrokerOrderDetails[] = now === null ? [] : [now];
  const executions: FollowedExecution[] = (now?.executions ?? []).map((execution) => ({
    ...execution,
    reportedAt: null,
  }));
  for (const event of upvestEventsOf(kept)) {
    const about = readSubject(event);
    if (about.kind === 'order') {
      orders.push(about.order);
      executions.push(...about.order.executions.map((execution) => ({ ...execution, reportedAt: event.createdAt })));
    } else if (about.kind === 'execution') executions.push({ ...about.execution, reportedAt: event.createdAt });
  }
  const order = orders.reduce<BrokerOrderDetails | undefined>(newerOrder, undefined);
  return order && { ...order, executions: mostAdvanced(executions) };
}

/** An order only advances, so its rank decides; then the time. */
const ORDER_RANK: Readonly<Record<BrokerOrderStatus, number>> = {
  UNKNOWN: 0,
  NEW: 1,
  PROCESSING: 2,
  FILLED: 3,
  CANCELLED: 3,
};

function newerOrder(best: BrokerOrderDetails | undefined, order: BrokerOrderDetails): BrokerOrderDetails {
  if (best === undefined) return order;
  const difference = ORDER_RANK[order.status] - ORDER_RANK[best.status];
  if (difference !== 0) return difference > 0 ? order : best;
  return isLater(order.updatedAt, best.updatedAt) ? order : best;
}

const isLater = (a: DateTime | null, b: DateTime | null): boolean =>
  a !== null && (b === null || compareDateTimes(a, b) > 0);

const EXECUTION_RANK: Readonly<Record<BrokerExecutionStatus, number>> = {
  UNKNOWN: 0,
  FILLED: 1,
  SETTLED: 2,
  CANCELLED: 3,
};

/** The most advanced state of each execution; of equal ones the read, with the time of the first report. */
function mostAdvanced(told: readonly FollowedExecution[]): readonly FollowedExecution[] {
  const best = new Map<BrokerExecution['id'], FollowedExecution>();
  for (const execution of told) {
    const known = best.get(execution.id);
    const difference = known === undefined ? 1 : EXECUTION_RANK[execution.status] - EXECUTION_RANK[known.status];
    if (difference > 0) best.set(execution.id, execution);
    else if (difference === 0 && known?.reportedAt === null)
      best.set(execution.id, { ...known, reportedAt: execution.reportedAt });
  }
  return [...best.values()];
}
