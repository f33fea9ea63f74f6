import { type Decimal, isNegative, isZero, magnitude, negate, subtract, ZERO } from '../decimal.ts';
import { MOVEMENT_TYPE_RULES } from '../movement-types.ts';
import { cashInstrument } from '../portfolio.ts';
import type { BrokerLine, LineMovement, MappedLine } from './line.ts';
import { type Booking, LINE_RULES, type LineRule } from './table.ts';

const CANCELLATION = '_CANCELLATION';

/** The type of line that a cancellation takes back; undefined for any other line. */
export const cancelledType = (type: string): string | undefined =>
  type.endsWith(CANCELLATION) ? type.slice(0, -CANCELLATION.length) : undefined;

const problem = (reason: string): MappedLine => ({ kind: 'problem', reason });

/** Maps a line by the gateway's own table. A type that is not in the table is a problem: nothing is guessed. */
export function mapLine(line: BrokerLine): MappedLine {
  const reverses = cancelledType(line.type);
  const type = reverses ?? line.type;
  const rule = Object.hasOwn(LINE_RULES, type) ? LINE_RULES[type] : undefined;
  if (rule?.kind === 'order') return { kind: 'order' };
  if (isZero(line.amount) && isZero(line.taxes)) return { kind: 'nothing' };
  if (rule === undefined) return problem(`Lines of type ${line.type} are not known.`);
  if (rule.kind === 'problem') return problem(rule.reason);
  const movements = movementsOf(line, rule, reverses !== undefined);
  if (typeof movements === 'string') return problem(movements);
  return { kind: 'transaction', movements, reverses, payment: rule.payment };
}

/** The movements of a line, which add up to its amount; or why there are none. */
function movementsOf(
  line: BrokerLine,
  rule: Extract<LineRule, { readonly kind: 'booked' }>,
  isCancellation: boolean,
): readonly LineMovement[] | string {
  const booking = rule[line.ledger];
  if (booking === undefined) return `Lines of type ${line.type} are not known in the ledger of ${line.ledger}.`;
  const instrumentId = instrumentOf(line);
  if (instrumentId === null) return `The line names no ${line.ledger === 'cash' ? 'currency' : 'ISIN'}.`;
  const common = {
    instrumentId,
    description: booking.described === true ? line.type : null,
    referenceInstrumentId: line.ledger === 'cash' ? line.isin : null,
  };
  const tax = booking.tax === undefined ? ZERO : taxOf(line, isCancellation);
  const quantity = subtract(line.amount, tax);
  const main = { ...common, quantity, ...typeOf(booking, quantity, isCancellation) };
  if (booking.tax === undefined || isZero(tax)) return [{ ...main, quantity: line.amount }];
  return [main, { ...common, type: booking.tax, quantity: tax, tradeType: isCancellation ? 'CANCEL' : null }];
}

const instrumentOf = ({ ledger, currency, isin }: BrokerLine): string | null =>
  ledger === 'cash' ? currency && cashInstrument(currency) : isin;

/** A cancellation is of the movement that it takes back. */
function typeOf(
  booking: Booking,
  quantity: Decimal,
  isCancellation: boolean,
): Pick<LineMovement, 'type' | 'tradeType'> {
  const type = isNegative(quantity) === isCancellation ? booking.in : booking.out;
  if (isCancellation) return { type, tradeType: 'CANCEL' };
  return { type, tradeType: booking.corrects === true || isAgainst(type, quantity) ? 'CORRECTION' : null };
}

/** The tax movement: taken from what was paid, given back with what is taken back. */
const taxOf = ({ taxes }: BrokerLine, isCancellation: boolean): Decimal =>
  isCancellation ? magnitude(taxes) : negate(taxes);

/** Whether a quantity has another sign than movements of its type have. */
function isAgainst(type: LineMovement['type'], quantity: Decimal): boolean {
  const { direction } = MOVEMENT_TYPE_RULES[type];
  // Refunds of fees and taxes are booked as such.
  if (direction === 'as-given' || MOVEMENT_TYPE_RULES[type].isCharge) return false;
  return isNegative(quantity) !== (direction === 'out');
}
