import { type Checked, firstProblem, type InvalidInput, invalid, valid } from './checked.ts';
import type { DateTime } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import { isCashLeg, ownerOf } from './executions.ts';
import {
  checkCurrency,
  checkDescription,
  checkExternalId,
  checkInstrumentId,
  checkNotFuture,
  checkNotNegative,
  checkNotZero,
  checkOptimizationId,
  checkPositive,
  checkSearchableId,
} from './input-rules.ts';
import { isExecutionStatus } from './movement-status.ts';
import {
  isCash,
  isChargeType,
  isKnownMovementType,
  isSecurityLeg,
  type KnownMovementType,
  MOVEMENT_TYPE_RULES,
} from './movement-types.ts';
import { isSameTime, signedQuantity } from './movements.ts';
import type { Movement, MovementStatus, MovementType, OrderType, TradeType } from './transaction.ts';

/** Enough for a transaction of several orders with all their fills. */
export const MAX_MOVEMENTS = 500;

type Optional<T> = T | null | undefined;

/** A movement of a client's input; the sign of the quantity is optional. */
export interface MovementDraft {
  readonly externalId?: Optional<string>;
  readonly referenceExternalId?: Optional<string>;
  readonly type: MovementType;
  readonly status: MovementStatus;
  readonly datetime: DateTime;
  readonly instrumentId: string;
  readonly quantity: Decimal;
  readonly unitPrice?: Optional<Decimal>;
  readonly unitPriceCurrency?: Optional<string>;
  readonly tradeType?: Optional<TradeType>;
  readonly description?: Optional<string>;
  readonly referenceInstrumentId?: Optional<string>;
}

export interface TransactionDraft {
  readonly externalId?: Optional<string>;
  readonly orderType?: Optional<OrderType>;
  readonly optimizationId?: Optional<string>;
  readonly movements: readonly MovementDraft[];
}

/** A checked transaction that can be sent to InvestSuite. */
export interface NewTransaction {
  /**
   * Null where the client gave none; then the gateway's id is sent, since a lost answer can only be settled by
   * searching for an id.
   */
  readonly externalId: string | null;
  readonly orderType: Exclude<OrderType, 'UNKNOWN'> | null;
  readonly optimizationId: string | null;
  readonly movements: readonly Movement[];
}

/**
 * Checks a transaction of any kind and normalises its movements: signs by type; cash, fees and taxes refer to the
 * execution with the same time. Adds and removes nothing.
 */
export function checkTransaction(draft: TransactionDraft, now: DateTime): Checked<NewTransaction> {
  const { externalId = null, orderType = null, optimizationId = null } = draft;
  if (orderType === 'UNKNOWN') return invalid('orderType', 'UNKNOWN is not an order type that can be set.');
  const problem = firstProblem([
    checkSearchableId('externalId', externalId),
    checkOptimizationId('optimizationId', optimizationId),
    checkCount(draft.movements),
  ]);
  if (problem !== undefined) return problem;
  const movements: Movement[] = [];
  for (const [index, one] of draft.movements.entries()) {
    const checked = checkMovement(`movements[${index}]`, one, now);
    if (checked.kind === 'invalid') return checked;
    movements.push(checked.value);
  }
  const related = relate(movements);
  return related.kind === 'invalid'
    ? related
    : valid({ externalId, orderType, optimizationId, movements: related.value });
}

function checkCount({ length }: readonly MovementDraft[]): InvalidInput | undefined {
  return length >= 1 && length <= MAX_MOVEMENTS
    ? undefined
    : invalid('movements', `Expected 1 to ${MAX_MOVEMENTS} movements, got ${length}.`);
}

function checkMovement(field: string, draft: MovementDraft, now: DateTime): Checked<Movement> {
  const { type, status } = draft;
  const tradeType = draft.tradeType ?? null;
  if (!isKnownMovementType(type)) return invalid(`${field}.type`, 'UNKNOWN is not a type that can be set.');
  if (status === 'UNKNOWN') return invalid(`${field}.status`, 'UNKNOWN is not a status that can be set.');
  if (tradeType === 'UNKNOWN') return invalid(`${field}.tradeType`, 'UNKNOWN is not a trade type that can be set.');
  const problem = firstProblem([
    checkNotFuture(`${field}.datetime`, draft.datetime, now),
    checkInstrumentId(`${field}.instrumentId`, draft.instrumentId),
    checkSubject(`${field}.instrumentId`, type, draft),
    checkNotZero(`${field}.quantity`, draft.quantity),
    checkUnitPrice(`${field}.unitPrice`, draft),
    checkCurrency(`${field}.unitPriceCurrency`, draft.unitPriceCurrency),
    checkOwnCurrency(`${field}.unitPriceCurrency`, type, draft),
    checkExternalId(`${field}.externalId`, draft.externalId),
    checkExternalId(`${field}.referenceExternalId`, draft.referenceExternalId),
    checkInstrumentId(`${field}.referenceInstrumentId`, draft.referenceInstrumentId),
    checkDescription(`${field}.description`, draft.description),
  ]);
  if (problem !== undefined) return problem;
  return valid({
    externalId: draft.externalId ?? null,
    referenceExternalId: draft.referenceExternalId ?? null,
    type,
    status,
    datetime: draft.datetime,
    instrumentId: draft.instrumentId,
    quantity: signedQuantity(type, draft.quantity, tradeType),
    unitPrice: draft.unitPrice ?? null,
    unitPriceCurrency: draft.unitPriceCurrency ?? null,
    tradeType,
    description: draft.description ?? null,
    referenceInstrumentId: draft.referenceInstrumentId ?? null,
  });
}

/** Deposits, dividends and fees are cash; splits are not. */
function checkSubject(field: string, type: KnownMovementType, draft: MovementDraft): InvalidInput | undefined {
  const { subject } = MOVEMENT_TYPE_RULES[type];
  if (subject === 'any' || isCash(draft) === (subject === 'cash')) return undefined;
  return subject === 'cash'
    ? invalid(field, `${type} moves cash: expected $ and a currency.`)
    : invalid(field, `${type} moves an instrument: expected its ISIN.`);
}

/** A trade must have a price; for other movements it is optional. */
function checkUnitPrice(field: string, draft: MovementDraft): InvalidInput | undefined {
  if (!isSecurityLeg(draft)) return checkNotNegative(field, draft.unitPrice);
  const isTraded = draft.status === 'EXECUTED' || draft.status === 'SETTLED';
  return isTraded && draft.unitPrice == null
    ? invalid(field, `${draft.status} requires the price of one unit.`)
    : checkPositive(field, draft.unitPrice);
}

/**
 * The price of cash is in the cash's own currency. The value of a dividend per unit may be in the instrument's
 * currency.
 */
function checkOwnCurrency(field: string, type: KnownMovementType, draft: MovementDraft): InvalidInput | undefined {
  if (draft.unitPriceCurrency == null || !isCash(draft)) return undefined;
  if (MOVEMENT_TYPE_RULES[type].transactionType === 'CORPORATE_ACTION') return undefined;
  return draft.instrumentId === `$${draft.unitPriceCurrency}`
    ? undefined
    : invalid(field, `The movement is in ${draft.instrumentId}; its price cannot be in another currency.`);
}

/**
 * InvestSuite relates the legs of an execution by time, and by `reference_external_id` where the security leg has an
 * id; unrelated legs distort holdings and performance.
 */
function relate(movements: readonly Movement[]): Checked<readonly Movement[]> {
  const securities = movements.filter((movement) => isSecurityLeg(movement) && isExecutionStatus(movement.status));
  const related: Movement[] = [];
  for (const [index, movement] of movements.entries()) {
    const isLeg = isExecutionStatus(movement.status) && (isCashLeg(movement) || isChargeType(movement.type));
    const owner = isLeg ? ownerOf(movement, securities) : undefined;
    const problem = owner === undefined ? undefined : checkLeg(`movements[${index}]`, movement, owner);
    if (problem !== undefined) return problem;
    const isNamed = movement.referenceExternalId !== null || owner === undefined || !isSameTime(movement, owner);
    related.push(isNamed ? movement : { ...movement, referenceExternalId: owner.externalId });
  }
  return valid(related);
}

function checkLeg(field: string, leg: Movement, owner: Movement): InvalidInput | undefined {
  const isNamed = leg.referenceExternalId !== null && leg.referenceExternalId === owner.externalId;
  if (isNamed && !isSameTime(leg, owner)) {
    return invalid(`${field}.datetime`, 'Expected the same time as the execution that it refers to.');
  }
  const isOtherCurrency = owner.unitPriceCurrency !== null && leg.instrumentId !== `$${owner.unitPriceCurrency}`;
  return isOtherCurrency && isCashLeg(leg)
    ? invalid(`${field}.instrumentId`, `Expected the currency of the price, ${owner.unitPriceCurrency}.`)
    : undefined;
}
