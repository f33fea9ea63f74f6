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
 * One fill of an order with what hangs on it: the security leg, and the cash leg, fees and taxes that belong to it.
 * Without a security leg where cash was told alone.
 */
export interface Execution {
  readonly security: Movement | null;
  /** Cash leg, fees, taxes; in the order in which they were told. */
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

/** The other side of the trade: BUY or SELL of `$CCY`. */
export const isCashLeg = (movement: Movement): boolean =>
  (movement.type === 'BUY' || movement.type === 'SELL') && isCash(movement);

/** The currency that an execution was paid in; null where no cash leg says it. */
export function paidIn(execution: Execution): string | null {
  return execution.legs.find(isCashLeg)?.instrumentId.slice(1) ?? null;
}

/**
 * Puts the execution movements of a list together. A leg belongs to the security leg that it names
 * (`reference_external_id`), else to one told at the same time, else to the only one of its status; what belongs to
 * none stands alone.
 */
export function groupExecutions(movements: readonly Movement[]): readonly Execution[] {
  const told = movements.filter((movement) => isExecutionStatus(movement.status));
  const groups = new Map<Movement, Movement[]>();
  for (const movement of told) if (isSecurityLeg(movement)) groups.set(movement, []);
  const securities = [...groups.keys()];
  const alone: Movement[] = [];
  for (const leg of told) {
    if (isSecurityLeg(leg)) continue;
    const owner = ownerOf(leg, securities);
    (owner === undefined ? alone : (groups.get(owner) ?? alone)).push(leg);
  }
  return [
    ...[...groups].map(([security, legs]) => ({ security, legs })),
    ...alone.map((leg) => ({ security: null, legs: [leg] })),
  ];
}

/** The security leg that a cash movement belongs to; undefined where that cannot be told. */
export function ownerOf(leg: Movement, securities: readonly Movement[]): Movement | undefined {
  const named = securities.filter(
    (security) => leg.referenceExternalId !== null && security.externalId === leg.referenceExternalId,
  );
  const ofStatus = (named.length > 0 ? named : securities).filter((security) => security.status === leg.status);
  const atSameTime = ofStatus.filter((security) => isSameTime(security, leg));
  return atSameTime.at(-1) ?? (ofStatus.length === 1 ? ofStatus[0] : undefined) ?? named.at(-1);
}

/** What an execution says, as magnitudes. */
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

/** The movements of a new execution of the order that `ordered` asked for (or that an earlier execution shows). */
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

/** Opposite in type and sign to the security leg: what is bought is paid for. */
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

/** Fees and taxes are their own movements: the cash leg does not include them. */
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

/** A movement with nothing optional in it. */
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

/** An execution that replaces another one: its legs keep what that one's legs of the same type were read from. */
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

/** What a settlement may say anew; null is taken from the execution that settles. */
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
 * The execution, settled: every leg in its new status and at its new time. Where quantity or price differ from what
 * was executed and no cash amount is given, the cash leg is computed anew: it must stay the exact product.
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
  // It is the same leg with another amount: what else was told of it stays.
  const told = kept[0];
  const { externalId = null, description = null, asRead } = told ?? {};
  return [{ ...leg, externalId, description, asRead }];
}
