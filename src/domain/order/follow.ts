import type { BrokerOrderStatus, OrderSide } from '../broker.ts';
import type { BrokerExecution } from '../broker-payments.ts';
import { compareDateTimes, type DateTime, parseDateTime } from '../datetime.ts';
import { type Decimal, isPositive } from '../decimal.ts';
import { isSecurityLeg } from '../movement-types.ts';
import type { Movement, MovementStatus, Transaction } from '../transaction.ts';
import { deriveTransactionStatus } from '../transaction-derivation.ts';
import { readDateTime } from '../written-time.ts';
import { applyOrderStatus } from './apply.ts';
import { checkOrderStatusChange, type IllegalChange, type OrderChargeDraft, type OrderStatusDraft } from './change.ts';

/** An order at the broker, with the data that updates its transaction. */
export interface FollowedOrder {
  readonly id: string;
  readonly side: OrderSide | null;
  readonly instrumentId: string;
  readonly status: BrokerOrderStatus;
  readonly currency: string | null;
  /** Fee of the whole order. */
  readonly fee: Decimal | null;
  readonly createdAt: DateTime | null;
  /** Time of the last change; of a cancelled order, the time of its cancellation. */
  readonly updatedAt: DateTime | null;
  readonly executions: readonly FollowedExecution[];
}

export interface FollowedExecution extends BrokerExecution {
  /** Time at which the event reported the current status; null where no event did. */
  readonly reportedAt: DateTime | null;
}

/** How the movements of a transaction change to follow an order. */
export interface Following {
  /** The complete new list; undefined where nothing changes. */
  readonly movements: readonly Movement[] | undefined;
  /** Changes at the broker that the transaction cannot show, for a person to check. */
  readonly problems: readonly string[];
}

/**
 * Whether the transaction has an order of the same instrument and side: an external id that a client chose does not
 * guarantee that.
 */
export const isOrderOf = ({ movements }: Pick<Transaction, 'movements'>, order: FollowedOrder): boolean =>
  movements.some(
    (movement) =>
      isSecurityLeg(movement) &&
      movement.instrumentId === order.instrumentId &&
      (order.side === null || movement.type === order.side),
  );

/** True where the order and all its fills are final. */
export const isOver = ({ status, executions }: FollowedOrder): boolean =>
  (status === 'FILLED' || status === 'CANCELLED') &&
  (status === 'CANCELLED' || executions.length > 0) &&
  executions.every((execution) => execution.status === 'SETTLED' || execution.status === 'CANCELLED');

/**
 * Updates the movements to the state of the broker's order. It applies the state and not the events, so the sequence
 * and the number of events do not matter. Each fill is its own execution, with the broker's id.
 */
export function followBrokerOrder(movements: readonly Movement[], order: FollowedOrder, now: DateTime): Following {
  let current = movements;
  let isChanged = false;
  const problems: string[] = [];
  for (const step of stepsOf(movements, order, now)) {
    const { what, draft } = step;
    // A broker's clock that is ahead must not lose a fill: the check for future times is off.
    const context = { now: draft.datetime, baseCurrency: order.currency ?? '' };
    const checked = checkOrderStatusChange(draft, context);
    const result = checked.kind === 'invalid' ? checked : applyOrderStatus(current, checked.value);
    if (result.kind === 'changed') {
      current = result.movements;
      isChanged = true;
    } else if (result.kind === 'illegal') {
      if (!isInAlready(result)) problems.push(`${what}: ${result.to} may not follow ${result.from}.`);
    } else if (result.kind === 'invalid') problems.push(`${what}: ${result.message} (${result.field})`);
  }
  return { movements: isChanged ? current : undefined, problems };
}

interface FollowStep {
  /** Subject of a problem's sentence. */
  readonly what: string;
  readonly draft: OrderStatusDraft & { readonly datetime: DateTime };
}

function* stepsOf(movements: readonly Movement[], order: FollowedOrder, now: DateTime): Generator<FollowStep> {
  const status = deriveTransactionStatus(movements);
  if (order.status !== 'UNKNOWN' && order.status !== 'CANCELLED' && (status === 'PLANNED' || status === 'PENDING')) {
    const datetime = order.createdAt ?? now;
    yield { what: 'the order', draft: { status: 'PLACED', datetime } };
  }
  const executions = [...order.executions].sort(byTime);
  for (const [index, execution] of executions.entries()) {
    const draft = executionDraft(execution, { movements, fee: index === 0 ? order.fee : null, now });
    if (draft !== undefined) yield { what: `execution ${execution.id}`, draft };
  }
  if (order.status === 'CANCELLED') {
    const datetime = order.updatedAt ?? now;
    yield { what: 'the cancelled rest', draft: { subject: { kind: 'remainder' }, status: 'CANCELLED', datetime } };
  }
}

/** By transaction time, then by id, so that the fee is always on the same execution. */
function byTime(a: BrokerExecution, b: BrokerExecution): number {
  if (a.transactionTime !== null && b.transactionTime !== null) {
    const difference = compareDateTimes(a.transactionTime, b.transactionTime);
    if (difference !== 0) return difference;
  }
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

const STATUS: Readonly<Record<BrokerExecution['status'], MovementStatus | undefined>> = {
  FILLED: 'EXECUTED',
  SETTLED: 'SETTLED',
  CANCELLED: 'CANCELLED',
  UNKNOWN: undefined,
};

interface ExecutionContext {
  readonly movements: readonly Movement[];
  readonly fee: Decimal | null;
  readonly now: DateTime;
}

function executionDraft(execution: FollowedExecution, context: ExecutionContext): FollowStep['draft'] | undefined {
  const status = STATUS[execution.status];
  if (status === undefined) return undefined;
  const { id: externalId, quantity, price: unitPrice, cashAmount, currency } = execution;
  const common = {
    subject: { kind: 'execution', externalId } as const,
    status,
    datetime: datetimeOf(execution, context),
  };
  if (status === 'CANCELLED') return { ...common, quantity, unitPrice };
  return {
    ...common,
    quantity,
    unitPrice,
    cashAmount: cashAmount !== null && isPositive(cashAmount) ? cashAmount : null,
    currency,
    charges: chargesOf(execution, context.fee),
  };
}

/** Null where the broker reports no charges: then a settlement keeps the charges of the execution. */
function chargesOf({ taxes, status }: BrokerExecution, fee: Decimal | null): readonly OrderChargeDraft[] | null {
  const charges: OrderChargeDraft[] = taxes.map(({ type, amount }) => ({
    type: 'OTHER_TAX',
    amount,
    description: type,
  }));
  if (fee !== null) charges.push({ type: 'TRANSACTION_FEE', amount: fee });
  const told = charges.filter(({ amount }) => isPositive(amount));
  return status === 'SETTLED' && told.length === 0 && taxes.length === 0 ? null : told;
}

/**
 * A fill has the time of its trade; a settlement its settlement date, but not before the trade; a mistrade the time of
 * its event. Without any of these, the first known time is kept.
 */
function datetimeOf(execution: FollowedExecution, { movements, now }: ExecutionContext): DateTime {
  const { id, status, transactionTime, settlementDate, reportedAt } = execution;
  const known = movements.find(({ externalId }) => externalId === id)?.datetime;
  if (status === 'FILLED') return transactionTime ?? known ?? now;
  const day =
    status === 'SETTLED' && settlementDate !== null
      ? (parseDateTime(`${settlementDate}T00:00:00Z`) ?? readDateTime(settlementDate))
      : undefined;
  const ended = day ?? reportedAt ?? now;
  return transactionTime !== null && compareDateTimes(ended, transactionTime) < 0 ? transactionTime : ended;
}

/** The change is in the list already, or an operator has settled the whole order, which includes its fills. */
const isInAlready = ({ from, to }: IllegalChange): boolean => from === to || (from === 'SETTLED' && to === 'EXECUTED');
