import { type InvalidInput, invalid } from '../checked.ts';
import { type Decimal, isNegative, magnitude, negative } from '../decimal.ts';
import { isExecutionStatus, isLegalStatusChange, isRequestStatus } from '../movement-status.ts';
import { areSameMovements, copyOf, isSameTime } from '../movements.ts';
import type { Movement } from '../transaction.ts';
import { deriveTransactionStatus, newestRequest } from '../transaction-derivation.ts';
import { illegal, type OrderStatusChange, type OrderStatusResult } from './change.ts';

/**
 * The new list of movements of a transaction that does not trade an instrument (the vendor's example is a dividend that
 * settles). The same groups and transitions apply; there is no cash leg to add, so each leg changes by itself.
 */
export function changeUntraded(movements: readonly Movement[], change: OrderStatusChange): OrderStatusResult {
  const { status: to } = change;
  const from = deriveTransactionStatus(movements);
  const newestStatus = newestRequest(movements)?.status;
  const requests = movements.filter((movement) => movement.status === newestStatus);
  const executions = movements.filter((movement) => isExecutionStatus(movement.status));
  if (!isLegalStatusChange(from, to)) {
    const repeated = movements.filter((movement) => movement.status === to && isSameTime(movement, change));
    return from === to && isRepetition(repeated, change) ? { kind: 'unchanged' } : illegal(from, to);
  }
  const executed = executions.filter((movement) => movement.status === 'EXECUTED');
  const moving = executed.length > 0 ? executed : requests;
  const problem = checkNothingTraded(moving, change);
  if (problem !== undefined) return problem;
  const keptRequests = isRequestStatus(to) ? [] : requests;
  const final = executions.filter((movement) => movement.status !== 'EXECUTED');
  const moved = moving.map((movement) => {
    const next = moveOn(movement, change);
    // The id stays with the request, which is kept.
    return keptRequests.includes(movement) ? { ...copyOf(next), externalId: null } : next;
  });
  const next = [...keptRequests, ...final, ...moved];
  return areSameMovements(next, [...requests, ...executions])
    ? { kind: 'unchanged' }
    : { kind: 'changed', movements: next };
}

/** Equal status, time and given numbers. */
const isRepetition = (repeated: readonly Movement[], change: OrderStatusChange): boolean =>
  repeated.length > 0 &&
  checkNothingTraded(repeated, change) === undefined &&
  areSameMovements(
    repeated.map((movement) => moveOn(movement, change)),
    repeated,
  );

const moveOn = (movement: Movement, change: OrderStatusChange): Movement => ({
  ...movement,
  status: change.status,
  datetime: change.datetime,
  quantity: change.quantity === null ? movement.quantity : withSignOf(movement.quantity, change.quantity),
  unitPrice: change.unitPrice ?? movement.unitPrice,
});

const withSignOf = (signed: Decimal, value: Decimal): Decimal =>
  isNegative(signed) ? negative(value) : magnitude(value);

function checkNothingTraded(moving: readonly Movement[], change: OrderStatusChange): InvalidInput | undefined {
  if (change.subject.kind !== 'order') return invalid('transactionId', 'The transaction is not an order.');
  if (change.cashAmount !== null) return invalid('cashAmount', 'Only an order has a cash leg.');
  if ((change.charges ?? []).length > 0) return invalid('charges', 'Only an order can be charged.');
  const given = change.quantity !== null ? 'quantity' : change.unitPrice !== null ? 'unitPrice' : undefined;
  if (given !== undefined && moving.length !== 1) {
    return invalid(given, 'The transaction has several movements: leave this field out.');
  }
  const currencies = moving.flatMap(({ instrumentId }) =>
    instrumentId.startsWith('$') ? [instrumentId.slice(1)] : [],
  );
  return change.currency !== null && currencies.some((currency) => currency !== change.currency)
    ? invalid('currency', 'The transaction is in another currency.')
    : undefined;
}
