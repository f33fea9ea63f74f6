import { type BrokerOrderDetails, readSubject } from '../../datasources/upvest/index.ts';
import type { BrokerOrderStatus } from '../../domain/broker.ts';
import type { FollowedExecution, FollowedOrder } from '../../domain/broker-order.ts';
import type { BrokerExecution, BrokerExecutionStatus } from '../../domain/broker-payments.ts';
import { compareDateTimes, type DateTime } from '../../domain/datetime.ts';
import { orderSubject, upvestEvents } from '../cash/broker-events.ts';
import type { StepContext } from '../engine/step.ts';
import type { OrderPorts } from './ports.ts';

/** What is known of an order, and what it may be called in InvestSuite. */
export interface OrderNews extends FollowedOrder {
  readonly clientReference: string | null;
}

/**
 * An order as the broker has it now: what is read, and what signed events said that the reading does not show yet (Upvest
 * promises no order among them, and a reading may lag behind). Undefined where Upvest does not know it and no event told it
 * whole. Throws an UpstreamError where Upvest cannot be asked.
 */
export async function orderNews(
  { upvest }: OrderPorts,
  { read }: StepContext,
  orderId: string,
): Promise<OrderNews | undefined> {
  const now = await upvest.order(orderId, { fresh: true });
  const orders: BrokerOrderDetails[] = now === null ? [] : [now];
  const executions: FollowedExecution[] = (now?.executions ?? []).map((execution) => ({
    ...execution,
    reportedAt: null,
  }));
  for (const event of await read((reading) => upvestEvents(reading, orderSubject(orderId)))) {
    const about = readSubject(event);
    if (about.kind === 'order') {
      orders.push(about.order);
      executions.push(...about.order.executions.map((execution) => ({ ...execution, reportedAt: event.createdAt })));
    } else if (about.kind === 'execution') executions.push({ ...about.execution, reportedAt: event.createdAt });
  }
  const order = orders.reduce<BrokerOrderDetails | undefined>(newerOrder, undefined);
  return order && { ...order, executions: mostAdvanced(executions) };
}

/** An order goes one way, so how far it has come decides; then the time. */
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

/** Of each execution what is furthest; of the same told twice what was read, with the time at which it was told first. */
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
