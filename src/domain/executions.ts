import type { DateTime } from './datetime.ts';
import { type Decimal, equals, magnitude, multiply, negative } from './decimal.ts';
import type { ExecutionStatus } from './movement-status.ts';
import { isExecutionStatus } from './movement-status.ts';
import { isCash, isChargeType, isSecurityLeg, type KnownMovementType } from './movement-types.ts';
import { isSameTime, signedQuantity } from './movements.ts';
import { cashInstrument } from './portfolio.ts';
import type { Movement, MovementStatus } from './transaction.ts';
import { deriveTransactionStatus } from './transaction-derivation.ts';

/**
 * One fill of an order: the security leg with its cash leg, fees and taxes. The security leg is null where only cash
 * was recorded.
 */
export interface Execution {
  readonly security: Movement | null;
  /** Cash leg, fees and taxes, in the order of the list. */
  readonly legs: readonly Movement[];
}

/** A fee or a tax on an order; the amount is positive. */
export interface OrderCharge {
  readonly type: KnownMovementType;
  readonly amount: Decimal;
  readonly description: string | null;
}

export const movementsOf = (execution: Execution): readonly Movement[] =>
  execution.security === null ? execution.legs : [execution.security, ...execution.legs];

export const statusOf = (execution: Execution): MovementStatus => deriveTransactionStatus(movementsOf(execution));

export const externalIdOf = (execution: Execution): string | null => execution.security?.externalId ?? null;

/** The cash side of a trade: BUY or SELL of `$CCY`. */
export const isCashLeg = (movement: Movement): boolean =>
  (movement.type === 'BUY' || movement.type === 'SELL') && isCash(movement);

/** The currency of the cash leg; null without one. */
export function paidIn(execution: Execution): string | null {
  return execution.legs.find(isCashLeg)?.instrumentId.slice(1) ?? null;
}

/**
 * Groups the execution movements of a list. A leg belongs to the security leg that it refers to
 * (`reference_external_id`), else to one with the same time, else to the only one with its status; otherwise it stands
 * alone.
 */
export function groupExecutions(movements: readonly Movement[]): readonly Execution[] {
  const executed = movements.filter((movement) => isExecutionStatus(movement.status));
  const groups = new Map<Movement, Movement[]>();
  for (const movement of executed) if (isSecurityLeg(movement)) groups.set(movement, []);
  const securities = [...groups.keys()];
  const alone: Movement[] = [];
  for (const leg of executed) {
    if (isSecurityLeg(leg)) continue;
    const owner = ownerOf(leg, securities);
    (owner === undefined ? alone : (groups.get(owner) ?? alone)).push(leg);
  }
  return [
    ...[...groups].map(([security, legs]) => ({ security, legs })),
    ...alone.map((leg) => ({ security: null, legs: [leg] })),
  ];
}

/** The security leg that a cash movement belongs to; undefined where that is ambiguous. */
export function ownerOf(leg: Movement, securities: readonly Movement[]): Movement | undefined {
  const named = securities.filter(
    (security) => leg.referenceExternalId !== null && security.externalId === leg.referenceExternalId,
  );
  const ofStatus = (named.length > 0 ? named : securities).filter((security) => security.status === leg.status);
  const atSameTime = ofStatus.filter((security) => isSameTime(security, leg));
  return atSameTime.at(-1) ?? (ofStatus.length === 1 ? ofStatus[0] : undefined) ?? named.at(-1);
}

/** Data of an execution; numbers are magnitudes. */
export interface ExecutionFacts {
  readonly status: ExecutionStatus;
  readonly datetime: DateTime;
  readonly quantity: Decimal;
  readonly unitPrice: Decimal;
  /** Null: quantity x unit price, exactly. */
  readonly cashAmount: Decimal | null;
  readonly currency: string;
  readonly charges: readonly OrderCharge[];
  readonly externalId: string | null;
}

/** The movements of a new execution of the order `ordered` (or of an earlier execution of it). */
export function buildExecution(ordered: Movement, facts: ExecutionFacts): Execution {
  const security: Movement = {
    ...bare(ordered, facts),
    externalId: facts.externalId,
    type: ordered.type,
    instrumentId: ordered.instrumentId,
    quantity: signedQuantity(ordered.type, facts.quantity),
    unitPrice: facts.unitPrice,
    unitPriceCurrency: ordered.unitPriceCurrency,
  };
  return { security, legs: [cashLeg(security, facts), ...chargeLegs(security, facts)] };
}

/** Opposite in type and sign to the security leg. */
export function cashLeg(
  security: Movement,
  facts: Pick<ExecutionFacts, 'status' | 'datetime' | 'quantity' | 'unitPrice' | 'cashAmount' | 'currency'>,
): Movement {
  const amount = facts.cashAmount ?? multiply(magnitude(facts.quantity), facts.unitPrice);
  const type = security.type === 'BUY' ? 'SELL' : 'BUY';
  return {
    ...bare(security, facts),
    referenceExternalId: security.externalId,
    type,
    instrumentId: cashInstrument(facts.currency),
    quantity: signedQuantity(type, amount),
  };
}

/** Fees and taxes are separate movements: the cash leg does not include them. */
export function chargeLegs(
  security: Movement,
  facts: Pick<ExecutionFacts, 'status' | 'datetime' | 'currency' | 'charges'>,
): readonly Movement[] {
  return facts.charges.map((charge) => ({
    ...bare(security, facts),
    referenceExternalId: security.externalId,
    type: charge.type,
    instrumentId: cashInstrument(facts.currency),
    quantity: negative(charge.amount),
    description: charge.description,
  }));
}

/** A movement without optional values. */
const bare = (like: Movement, facts: Pick<ExecutionFacts, 'status' | 'datetime'>): Movement => ({
  externalId: null,
  referenceExternalId: null,
  type: like.type,
  status: facts.status,
  datetime: facts.datetime,
  instrumentId: like.instrumentId,
  quantity: like.quantity,
  unitPrice: null,
  unitPriceCurrency: null,
  tradeType: null,
  description: null,
  referenceInstrumentId: null,
});

/** An execution that replaces another one: its legs keep `asRead` of the replaced legs of the same type. */
export function inPlaceOf(previous: Execution | undefined, next: Execution): Execution {
  if (previous === undefined) return next;
  const left = [...previous.legs];
  const legs = next.legs.map((leg) => {
    const index = left.findIndex(({ type, instrumentId }) => type === leg.type && instrumentId === leg.instrumentId);
    const [same] = index < 0 ? [] : left.splice(index, 1);
    return same === undefined ? leg : { ...leg, asRead: same.asRead };
  });
  const { security } = next;
  return { security: security && { ...security, asRead: previous.security?.asRead }, legs };
}

/** New values of a settlement; null keeps the value of the execution. */
export interface SettlementFacts {
  readonly datetime: DateTime;
  readonly quantity: Decimal | null;
  readonly unitPrice: Decimal | null;
  readonly cashAmount: Decimal | null;
  readonly currency: string;
  readonly charges: readonly OrderCharge[] | null;
  readonly externalId: string | null;
}

/**
 * The settled execution: every leg has the new status and time. Where quantity or price differ from the execution and
 * no cash amount is given, the cash leg is computed again as the exact product.
 */
export function settleExecution(
  execution: Execution & { readonly security: Movement },
  given: SettlementFacts,
): Execution {
  const { datetime } = given;
  const settled = (leg: Movement): Movement => ({ ...leg, status: 'SETTLED', datetime });
  const security: Movement = {
    ...settled(execution.security),
    externalId: given.externalId ?? execution.security.externalId,
    quantity:
      given.quantity === null ? execution.security.quantity : signedQuantity(execution.security.type, given.quantity),
    unitPrice: given.unitPrice ?? execution.security.unitPrice,
  };
  const kept = execution.legs
    .map(settled)
    .map((leg) => (security.externalId === null ? leg : { ...leg, referenceExternalId: security.externalId }));
  const cash = settledCash(execution.security, security, kept.filter(isCashLeg), given);
  const charges =
    given.charges === null
      ? kept.filter((leg) => isChargeType(leg.type))
      : chargeLegs(security, { ...given, status: 'SETTLED', charges: given.charges });
  const others = kept.filter((leg) => !isCashLeg(leg) && !isChargeType(leg.type));
  return { security, legs: [...cash, ...charges, ...others] };
}

function settledCash(
  executed: Movement,
  security: Movement,
  kept: readonly Movement[],
  given: SettlementFacts,
): readonly Movement[] {
  const isAsExecuted =
    equals(magnitude(executed.quantity), magnitude(security.quantity)) &&
    (executed.unitPrice === null || security.unitPrice === null || equals(executed.unitPrice, security.unitPrice));
  if (kept.length > 0 && given.cashAmount === null && isAsExecuted) return kept;
  if (security.unitPrice === null) return kept;
  const { quantity, unitPrice } = security;
  const leg = cashLeg(security, { ...given, status: 'SETTLED', quantity, unitPrice });
  // The same leg with another amount keeps its other values.
  const [previous] = kept;
  const { externalId = null, description = null, asRead } = previous ?? {};
  return [{ ...leg, externalId, description, asRead }];
}
