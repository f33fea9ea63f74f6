import { type InvalidInput, invalid } from './checked.ts';
import { equals, isNegative, isZero } from './decimal.ts';
import { checkInstrumentId, checkNotNegative, checkNotZero } from './input-rules.ts';
import { cashCurrency, type Holding } from './portfolio.ts';

/** More lines than any portfolio has. */
export const MAX_HOLDINGS = 5_000;

export type HoldingsResult =
  | { readonly kind: 'changed'; readonly holdings: readonly Holding[] }
  /** They are as told. Worth knowing, since a PATCH of a robo portfolio starts an optimization even where it changes nothing. */
  | { readonly kind: 'unchanged' }
  | InvalidInput;

/**
 * The whole new map of holdings, which InvestSuite takes in place of the old one. Lines that are given are set, the rest
 * is kept; with `replaceAll` the rest is dropped, which counts as sold. A line of 0 stays as a line of 0.
 */
export function mergeHoldings(
  current: readonly Holding[],
  lines: readonly Holding[],
  replaceAll: boolean,
): HoldingsResult {
  const problem = checkHoldings(lines);
  if (problem !== undefined) return problem;
  const told = new Map(lines.map((line) => [line.instrumentId, line]));
  const known = new Set(current.map((line) => line.instrumentId));
  const kept = replaceAll ? current.filter((line) => told.has(line.instrumentId)) : current;
  const holdings = [
    ...kept.map((line) => told.get(line.instrumentId) ?? line),
    ...lines.filter((line) => !known.has(line.instrumentId)),
  ];
  return isSame(current, holdings) ? { kind: 'unchanged' } : { kind: 'changed', holdings };
}

/** Line by line: the merge keeps the order of what was there. */
const isSame = (before: readonly Holding[], after: readonly Holding[]): boolean =>
  before.length === after.length &&
  before.every((line, index) => {
    const other = after[index];
    return other !== undefined && other.instrumentId === line.instrumentId && equals(other.quantity, line.quantity);
  });

/** What can be wrong with lines of holdings, whatever the portfolio holds. */
export function checkHoldings(lines: readonly Holding[]): InvalidInput | undefined {
  if (lines.length === 0 || lines.length > MAX_HOLDINGS) {
    // An empty list with replaceAll would sell everything: too much to say by saying nothing.
    return invalid('holdings', `Expected 1 to ${MAX_HOLDINGS} holdings, got ${lines.length}.`);
  }
  const seen = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const problem = checkLine(`holdings[${index}]`, line);
    if (problem !== undefined) return problem;
    if (seen.has(line.instrumentId)) {
      return invalid(`holdings[${index}].instrumentId`, `${line.instrumentId} is given twice.`);
    }
    seen.add(line.instrumentId);
  }
  return undefined;
}

/** Cash may be overdrawn; units cannot be fewer than none. */
function checkLine(field: string, { instrumentId, quantity }: Holding): InvalidInput | undefined {
  const problem = checkInstrumentId(`${field}.instrumentId`, instrumentId);
  if (problem !== undefined || isZero(quantity)) return problem;
  return cashCurrency(instrumentId) !== undefined && isNegative(quantity)
    ? checkNotZero(`${field}.quantity`, quantity)
    : checkNotNegative(`${field}.quantity`, quantity);
}
