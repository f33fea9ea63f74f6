import { epochNanoseconds } from './datetime.ts';
import { type Decimal, equals, magnitude, negative } from './decimal.ts';
import { isKnownMovementType, MOVEMENT_TYPE_RULES } from './movement-types.ts';
import type { Movement, MovementType, TradeType } from './transaction.ts';

/**
 * The quantity with the sign of its type: what goes out of the portfolio is negative. As given where the type has no
 * direction of its own (splits) and for corrections (`tradeType`), which book the other way round.
 */
export function signedQuantity(type: MovementType, quantity: Decimal, tradeType: TradeType | null = null): Decimal {
  if (!isKnownMovementType(type) || tradeType !== null) return quantity;
  const { direction } = MOVEMENT_TYPE_RULES[type];
  switch (direction) {
    case 'in':
      return magnitude(quantity);
    case 'out':
      return negative(quantity);
    case 'as-given':
      return quantity;
    default:
      return direction satisfies never;
  }
}

/** Types for which the vendor's pages show the same fact with both signs. */
const SHOWN_WITH_BOTH_SIGNS: readonly MovementType[] = ['BUY', 'SELL', 'CASH_WITHDRAWAL'];

/** A movement as it came, in the form that we write: sold units and withdrawn cash are negative. */
export function inWrittenForm(movement: Movement): Movement {
  if (!SHOWN_WITH_BOTH_SIGNS.includes(movement.type)) return movement;
  const quantity = signedQuantity(movement.type, movement.quantity, movement.tradeType);
  return quantity === movement.quantity ? movement : { ...movement, quantity };
}

const sameNumber = (a: Decimal | null, b: Decimal | null): boolean =>
  a === null || b === null ? a === b : equals(a, b);

/** The same fact, however it is written: 7 and 7.0, `Z` and `+00:00`. */
export function isSameMovement(a: Movement, b: Movement): boolean {
  return (
    a.type === b.type &&
    a.status === b.status &&
    a.instrumentId === b.instrumentId &&
    a.externalId === b.externalId &&
    a.referenceExternalId === b.referenceExternalId &&
    a.referenceInstrumentId === b.referenceInstrumentId &&
    a.unitPriceCurrency === b.unitPriceCurrency &&
    a.tradeType === b.tradeType &&
    a.description === b.description &&
    sameNumber(a.quantity, b.quantity) &&
    sameNumber(a.unitPrice, b.unitPrice) &&
    isSameTime(a, b)
  );
}

export const isSameTime = (a: Pick<Movement, 'datetime'>, b: Pick<Movement, 'datetime'>): boolean =>
  epochNanoseconds(a.datetime) === epochNanoseconds(b.datetime);

/** A movement of its own, made like another one that stays. */
export const copyOf = (movement: Movement): Movement =>
  movement.asRead === undefined ? movement : { ...movement, asRead: { ...movement.asRead, place: null } };

/**
 * Movements in the order in which they were read; a new one stays behind the one that it was put behind. As given where
 * nothing is known of how they were read.
 */
export function inOrderRead(movements: readonly Movement[]): readonly Movement[] {
  const groups: { readonly place: number; readonly movements: Movement[] }[] = [];
  for (const movement of movements) {
    const place = movement.asRead?.place ?? null;
    const last = groups.at(-1);
    if (place === null && last !== undefined) last.movements.push(movement);
    else groups.push({ place: place ?? -1, movements: [movement] });
  }
  return groups.toSorted((a, b) => a.place - b.place).flatMap((group) => group.movements);
}

/** The same movements, in any order: InvestSuite promises none. */
export function areSameMovements(a: readonly Movement[], b: readonly Movement[]): boolean {
  if (a.length !== b.length) return false;
  const left = [...b];
  return a.every((movement) => {
    const index = left.findIndex((other) => isSameMovement(movement, other));
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  });
}
