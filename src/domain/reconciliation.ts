import type { CashBalance, Position } from './broker.ts';
import { add, type Decimal, equals, subtract, ZERO } from './decimal.ts';
import { cashInstrument, type Holding } from './portfolio.ts';

export interface ReconciliationDifference {
  readonly instrumentId: string;
  readonly investsuite: Decimal;
  readonly upvest: Decimal;
  /** investsuite - upvest */
  readonly difference: Decimal;
}

export interface Reconciliation {
  readonly inSync: boolean;
  readonly differences: readonly ReconciliationDifference[];
}

/**
 * Compares the systems exactly: cash per currency (the broker's `balance`) and units per instrument, summed over the
 * broker's accounts. A missing holding counts as 0; 1.0 equals 1.00.
 */
export function reconcile(
  holdings: readonly Holding[],
  broker: { readonly cashBalances: readonly CashBalance[]; readonly positions: readonly Position[] },
): Reconciliation {
  const investsuite = totals(holdings.map(({ instrumentId, quantity }) => [instrumentId, quantity]));
  const upvest = totals([
    ...broker.cashBalances.map(({ currency, balance }): Line => [cashInstrument(currency), balance]),
    ...broker.positions.map((position): Line => [instrumentOf(position), position.quantity]),
  ]);
  const instruments = [...new Set([...investsuite.keys(), ...upvest.keys()])].sort();
  const differences = instruments.flatMap((instrumentId) => {
    const ours = investsuite.get(instrumentId) ?? ZERO;
    const theirs = upvest.get(instrumentId) ?? ZERO;
    if (equals(ours, theirs)) return [];
    return [{ instrumentId, investsuite: ours, upvest: theirs, difference: subtract(ours, theirs) }];
  });
  return { inSync: differences.length === 0, differences };
}

type Line = readonly [instrumentId: string, quantity: Decimal];

/** A position without ISIN has Upvest's id of the instrument: it can't match a holding. */
const instrumentOf = (position: Position): string =>
  position.isin ?? `uuid:${position.instrumentUuid ?? position.accountId}`;

function totals(lines: readonly Line[]): Map<string, Decimal> {
  const total = new Map<string, Decimal>();
  for (const [instrumentId, quantity] of lines) {
    const before = total.get(instrumentId);
    total.set(instrumentId, before === undefined ? quantity : add(before, quantity));
  }
  return total;
}
