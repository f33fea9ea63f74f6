import { compareInstants, type Instant, instantOf, NO_INSTANT } from '../datetime.ts';
import { compare, type Decimal, equals, isNegative, magnitude, negate, sum } from '../decimal.ts';
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

/** `absent`: the ledger has no line that fits. `repeated`: earlier cancellations have taken back all that fit. */
export type Reversal = 'fits' | 'absent' | 'repeated';

/**
 * Whether a cancellation takes back a line of the ledger. Lines and cancellations may come in other numbers where their amounts
 * add up, as where a payment in two parts is taken back at once.
 */
export function reversalIn(ledger: readonly BrokerLine[], cancellation: BrokerLine, reverses: string): Reversal {
  const lines = ledger.filter((each) => isTakenBackBy(each, cancellation, reverses));
  if (lines.length === 0) return 'absent';
  const earlier = ledger.filter(
    (each) =>
      each.type === cancellation.type &&
      isEarlier(each, cancellation) &&
      lines.some((line) => isTakenBackBy(line, each, reverses)),
  );
  const fits = earlier.length < lines.length || compare(totalOf([...earlier, cancellation]), totalOf(lines)) <= 0;
  return fits ? 'fits' : 'repeated';
}

const totalOf = (lines: readonly BrokerLine[]): Decimal => sum(lines.map(({ amount }) => magnitude(amount)));

function isEarlier(a: BrokerLine, b: BrokerLine): boolean {
  if (sameId(a.id, b.id)) return false;
  const difference = compareInstants(instantOfLine(a), instantOfLine(b));
  return difference === 0 ? a.id < b.id : difference < 0;
}

const instantOfLine = ({ bookedAt }: BrokerLine): Instant => (bookedAt === null ? NO_INSTANT : instantOf(bookedAt));
