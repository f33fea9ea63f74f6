import { epochNanoseconds } from './datetime.ts';
import { type Decimal, equals, magnitude, negative } from './decimal.ts';
import { isKnownMovementType, MOVEMENT_TYPE_RULES } from './movement-types.ts';
import type { Movement, MovementType, TradeType } from './transaction.ts';

/**
 * The quantity with the sign of its type: negative for what leaves the portfolio. As given for types without a
 * direction (splits) and for corrections (`tradeType`), which book the reverse.
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

/** Types for which the vendor's pages show both signs. */
const SHOWN_WITH_BOTH_SIGNS: readonly MovementType[] = ['BUY', 'SELL', 'CASH_WITHDRAWAL'];

/** A movement in the form that the gateway writes: sold units and withdrawn cash are negative. */
export function inWrittenForm(movement: Movement): Movement {
  if (!SHOWN_WITH_BOTH_SIGNS.includes(movement.type)) return movement;
  const quantity = signedQuantity(movement.type, movement.quantity, movement.tradeType);
  return quantity === movement.quantity ? movement : { ...movement, quantity };
}

const sameNumber = (a: Decimal | null, b: Decimal | null): boolean =>
  a === null || b === null ? a === b : equals(a, b);

/** Equal in meaning: 7 equals 7.0, `Z` equals `+00:00`. */
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

/** A new movement with the values of another one that stays. */
export const copyOf = (movement: Movement): Movement =>
  movement.asRead === undefined ? movement : { ...movement, asRead: { ...movement.asRead, place: null } };

/**
 * Movements in the order in which they were read; a new one stays after the one that it was put after. As given where
 * `asRead` is missing.
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

/** In any order: InvestSuite does not guarantee one. */
export function areSameMovements(a: readonly Movement[], b: readonly Movement[]): boolean {
  if (a.length !== b.length) return false;
  const left = [...b];
  return a.every((movement) => {
    const index = left.findIndex((other) => isSameMovement(movement, other));
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  });
}
