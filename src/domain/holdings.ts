import { type InvalidInput, invalid } from './checked.ts';
import { equals, isNegative, isZero } from './decimal.ts';
import { checkInstrumentId, checkNotNegative, checkNotZero } from './input-rules.ts';
import { cashCurrency, type Holding } from './portfolio.ts';

/** More holdings than any portfolio has. */
export const MAX_HOLDINGS = 5_000;

export type HoldingsResult =
  | { readonly kind: 'changed'; readonly holdings: readonly Holding[] }
  /** Known to the caller, since a PATCH of a robo portfolio starts an optimization even where nothing changes. */
  | { readonly kind: 'unchanged' }
  | InvalidInput;

/**
 * The complete new map of holdings, which replaces the old one in InvestSuite. The given holdings are set and the
 * others are kept; with `replaceAll` the others are dropped, which counts as sold. A holding of 0 stays.
 */
export function mergeHoldings(
  current: readonly Holding[],
  lines: readonly Holding[],
  replaceAll: boolean,
): HoldingsResult {
  const problem = checkHoldings(lines);
  if (problem !== undefined) return problem;
  const given = new Map(lines.map((line) => [line.instrumentId, line]));
  const known = new Set(current.map((line) => line.instrumentId));
  const kept = replaceAll ? current.filter((line) => given.has(line.instrumentId)) : current;
  const holdings = [
    ...kept.map((line) => given.get(line.instrumentId) ?? line),
    ...lines.filter((line) => !known.has(line.instrumentId)),
  ];
  return isSame(current, holdings) ? { kind: 'unchanged' } : { kind: 'changed', holdings };
}

/** By index: the merge keeps the order. */
const isSame = (before: readonly Holding[], after: readonly Holding[]): boolean =>
  before.length === after.length &&
  before.every((line, index) => {
    const other = after[index];
    return other !== undefined && other.instrumentId === line.instrumentId && equals(other.quantity, line.quantity);
  });

export function checkHoldings(lines: readonly Holding[]): InvalidInput | undefined {
  if (lines.length === 0 || lines.length > MAX_HOLDINGS) {
    // An empty list with replaceAll would sell everything: too dangerous for a missing value.
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

/** Cash may be overdrawn; units must not be negative. */
function checkLine(field: string, { instrumentId, quantity }: Holding): InvalidInput | undefined {
  const problem = checkInstrumentId(`${field}.instrumentId`, instrumentId);
  if (problem !== undefined || isZero(quantity)) return problem;
  return cashCurrency(instrumentId) !== undefined && isNegative(quantity)
    ? checkNotZero(`${field}.quantity`, quantity)
    : checkNotNegative(`${field}.quantity`, quantity);
}
