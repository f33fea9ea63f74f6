import { compareDateTimes, type DateTime } from './datetime.ts';
import { type Decimal, sum, ZERO } from './decimal.ts';
import { EXECUTION_STATUSES, isExecutionStatus, isRequestStatus, REQUEST_STATUSES } from './movement-status.ts';
import { isCash, isKnownMovementType, MOVEMENT_TYPE_RULES } from './movement-types.ts';
import type { Movement, MovementStatus, Transaction, TransactionType } from './transaction.ts';

/**
 * Precedence of transaction types: a reinvested dividend is a corporate action that contains an order, an order
 * contains a fee, never the reverse.
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
 * The type of a transaction for which InvestSuite sends no known `type`: that of its movement with the highest
 * precedence. UNKNOWN without movements of a known type.
 */
export function deriveTransactionType(movements: readonly Movement[]): TransactionType {
  return STRONGEST_FIRST.find((type) => movements.some((movement) => typeOf(movement) === type)) ?? 'UNKNOWN';
}

/**
 * The execution status where there is one, else the request status.
 *
 * Of several executions the least advanced counts: SETTLED with EXECUTED is EXECUTED (a fill is still to settle), and
 * so is CANCELLED with EXECUTED (the rest is cancelled, the fill is still to settle); CANCELLED with SETTLED is SETTLED
 * (the fill is settled, the rest will not come). Of several request movements the newest counts. Unknown statuses are
 * ignored; UNKNOWN where no other is left.
 */
export function deriveTransactionStatus(movements: readonly Pick<Movement, 'status'>[]): MovementStatus {
  const has = (status: MovementStatus): boolean => movements.some((movement) => movement.status === status);
  return EXECUTION_STATUSES.find(has) ?? REQUEST_STATUSES.findLast(has) ?? 'UNKNOWN';
}

/**
 * The primary movement of a transaction that InvestSuite sends without one: of the movements with the transaction's
 * type the newest request, else the earliest; instruments before cash. Null without movements.
 */
export function derivePrimaryMovement(movements: readonly Movement[]): Movement | null {
  const type = deriveTransactionType(movements);
  const ofType = movements.filter((movement) => typeOf(movement) === type);
  const instruments = ofType.filter((movement) => !isCash(movement));
  const candidates = instruments.length > 0 ? instruments : ofType;
  return newestRequest(candidates) ?? earliest(candidates) ?? null;
}

/**
 * The request movement that is kept: the one with the most advanced status, of equal ones the latest, of those the last
 * in the list. Undefined without one.
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

/** Time of the primary movement, else of creation; null where both are missing. */
export function transactionDate(
  transaction: Pick<Transaction, 'primaryMovement' | 'movements' | 'createdAt'>,
): DateTime | null {
  const primary = transaction.primaryMovement ?? derivePrimaryMovement(transaction.movements);
  return primary?.datetime ?? transaction.createdAt;
}

/**
 * Signed change of the cash by a transaction: the sum of its cash movements in the transaction's status. Executed and settled
 * ones count together, since an order may be settled in part. Null where they are of several currencies; 0 without any.
 */
export function cashChange({ status, movements }: Pick<Transaction, 'status' | 'movements'>): Decimal | null {
  const isDone = ({ status: of }: Movement): boolean => of === 'EXECUTED' || of === 'SETTLED';
  const counted = movements.filter(
    (movement) => isCash(movement) && (movement.status === status || (status === 'EXECUTED' && isDone(movement))),
  );
  const [first, ...others] = counted;
  if (first === undefined) return ZERO;
  if (others.some(({ instrumentId }) => instrumentId !== first.instrumentId)) return null;
  // A single amount keeps its digits.
  return others.length === 0 ? first.quantity : sum(counted.map(({ quantity }) => quantity));
}
