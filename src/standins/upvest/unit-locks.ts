import { compared, isPositive, minus, negated, plus } from '../values/exact.ts';
import type { UpvestContext } from './context.ts';
import type { Order, Position } from './entities.ts';

/** Holds units for an order that sells, where there are enough; positions of less are left alone. */
export function lockUnits(context: UpvestContext, order: Order, units: string): void {
  const held = context.store.position(order.account_id, order.instrument_id);
  if (held === undefined || compared(held.available_for_trading, units) < 0) return;
  context.store.locks.set(order.id, units);
  context.emit(
    'POSITION.UPDATED',
    context.store.putPosition(moved(held, { locked: units, available: negated(units) })),
  );
}

/** How a fill takes its units: those that are held for the order first; with the last one the rest is free again. */
export function takenBy(context: UpvestContext, order: Order, units: string, isLast: boolean) {
  const locked = context.store.locks.get(order.id) ?? '0';
  const used = compared(units, locked) > 0 ? locked : units;
  const rest = minus(locked, used);
  if (isLast) context.store.locks.delete(order.id);
  else context.store.locks.set(order.id, rest);
  const freed = isLast ? rest : '0';
  return { locked: negated(plus(used, freed)), available: plus(minus(used, units), freed) };
}

/** Frees what is still held for an order that has ended. */
export function unlockUnits(context: UpvestContext, order: Order, units: string): void {
  const held = context.store.position(order.account_id, order.instrument_id);
  if (held === undefined || !isPositive(units)) return;
  context.emit(
    'POSITION.UPDATED',
    context.store.putPosition(moved(held, { locked: negated(units), available: units })),
  );
}

const moved = (position: Position, by: { readonly locked: string; readonly available: string }): Position => ({
  ...position,
  locked_for_trading: plus(position.locked_for_trading, by.locked),
  available_for_trading: plus(position.available_for_trading, by.available),
});
