import { compareDateTimes, type DateTime } from './datetime.ts';
import { EXECUTION_STATUSES, isExecutionStatus, isRequestStatus, REQUEST_STATUSES } from './movement-status.ts';
import { isCash, isKnownMovementType, MOVEMENT_TYPE_RULES } from './movement-types.ts';
import type { Movement, MovementStatus, Transaction, TransactionType } from './transaction.ts';

/**
 * What makes a transaction, from the strongest: a dividend that is reinvested is a corporate action with an order in
 * it, an order has a fee in it, never the other way round.
 */
const STRONGEST_FIRST = [
  'CORPORATE_ACTION',
  'ORDER',
  'SECURITY_TRANSFER',
  'CASH_TRANSFER',
  'ADMINISTRATIVE',
] as const satisfies readonly TransactionType[];

const typeOf = (movement: Movement): TransactionType =>
  isKnownMovementType(movement.type) ? MOVEMENT_TYPE_RULES[movement.type].transactionType : 'UNKNOWN';

/**
 * The type of a transaction whose `type` InvestSuite does not send (or sends as something that we do not know): that of
 * its strongest movement. UNKNOWN without movements of a known type.
 */
export function deriveTransactionType(movements: readonly Movement[]): TransactionType {
  return STRONGEST_FIRST.find((type) => movements.some((movement) => typeOf(movement) === type)) ?? 'UNKNOWN';
}

/**
 * The execution status where there is one, else the request status.
 *
 * Mixed executions give the least advanced: SETTLED with EXECUTED is EXECUTED (a fill is still to settle), CANCELLED
 * with EXECUTED too (the rest was cancelled, what was filled is still to settle), CANCELLED with SETTLED is SETTLED
 * (what was filled is done, the rest will not come). Of several request movements the newest counts. Statuses that we
 * do not know are passed over; UNKNOWN where nothing else is left.
 */
export function deriveTransactionStatus(movements: readonly Pick<Movement, 'status'>[]): MovementStatus {
  const has = (status: MovementStatus): boolean => movements.some((movement) => movement.status === status);
  return EXECUTION_STATUSES.find(has) ?? REQUEST_STATUSES.findLast(has) ?? 'UNKNOWN';
}

/**
 * The movement that triggers the others, for a transaction that comes without `primary_movement`: of the movements that
 * make the transaction's type the newest request, else the earliest one; units of an instrument before cash. Null
 * without movements.
 */
export function derivePrimaryMovement(movements: readonly Movement[]): Movement | null {
  const type = deriveTransactionType(movements);
  const ofType = movements.filter((movement) => typeOf(movement) === type);
  const instruments = ofType.filter((movement) => !isCash(movement));
  const candidates = instruments.length > 0 ? instruments : ofType;
  return newestRequest(candidates) ?? earliest(candidates) ?? null;
}

/**
 * The request movement that stays: the one with the most advanced status, of equal ones the latest, of those the last
 * in the list. Undefined where there is none.
 */
export function newestRequest(movements: readonly Movement[]): Movement | undefined {
  const rank = (movement: Movement): number =>
    isRequestStatus(movement.status) ? REQUEST_STATUSES.indexOf(movement.status) : -1;
  return movements
    .filter((movement) => isRequestStatus(movement.status))
    .reduce<Movement | undefined>((newest, movement) => {
      if (newest === undefined) return movement;
      const difference = rank(movement) - rank(newest) || compareDateTimes(movement.datetime, newest.datetime);
      return difference >= 0 ? movement : newest;
    }, undefined);
}

function earliest(movements: readonly Movement[]): Movement | undefined {
  const executed = movements.filter((movement) => isExecutionStatus(movement.status));
  return (executed.length > 0 ? executed : movements).reduce<Movement | undefined>(
    (first, movement) =>
      first === undefined || compareDateTimes(movement.datetime, first.datetime) < 0 ? movement : first,
    undefined,
  );
}

/** A transaction has no time of its own: its primary movement's, else when it was created; null where neither is known. */
export function transactionDate(
  transaction: Pick<Transaction, 'primaryMovement' | 'movements' | 'createdAt'>,
): DateTime | null {
  const primary = transaction.primaryMovement ?? derivePrimaryMovement(transaction.movements);
  return primary?.datetime ?? transaction.createdAt;
}
