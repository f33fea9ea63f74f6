import { type Decimal, equals, isNegative, negate } from '../decimal.ts';
import type { BrokerLine } from './line.ts';

/**
 * Whether a line is the one that a cancellation takes back: of its type, of the same money or instrument, the other way, and
 * named by the cancellation, by its id or by a reference that both have. One that names nothing takes back the same amount.
 */
export function isTakenBackBy(line: BrokerLine, cancellation: BrokerLine, reverses: string): boolean {
  const isAlike =
    line.type === reverses &&
    line.ledger === cancellation.ledger &&
    line.currency === cancellation.currency &&
    (line.isin === null || cancellation.isin === null || line.isin === cancellation.isin) &&
    isNegative(line.amount) !== isNegative(cancellation.amount);
  if (!isAlike) return false;
  if (cancellation.references.length === 0) return isOpposite(line.amount, cancellation.amount);
  return cancellation.references.some(
    ({ id, type }) =>
      sameId(id, line.id) || line.references.some((other) => other.type === type && sameId(other.id, id)),
  );
}

const isOpposite = (a: Decimal, b: Decimal): boolean => equals(a, negate(b));
const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
