import type { CashBalance, Position } from './broker.ts';
import { add, type Decimal, equals, isZero, subtract, ZERO } from './decimal.ts';
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

/** The broker's holdings of a portfolio, over all its accounts. */
export interface BrokerAssets {
  readonly cashBalances: readonly CashBalance[];
  readonly positions: readonly Position[];
}

/**
 * Compares the systems exactly: cash per currency (the broker's `balance`) and units per instrument, summed over the
 * broker's accounts. A missing holding counts as 0; 1.0 equals 1.00.
 */
export function reconcile(holdings: readonly Holding[], broker: BrokerAssets): Reconciliation {
  const found = differences(holdings, brokerHoldings(broker));
  return { inSync: found.length === 0, differences: found };
}

/** The broker's assets as holdings: each currency, and each instrument with units. */
export function brokerHoldings({ cashBalances, positions }: BrokerAssets): readonly Holding[] {
  const cash = totals(cashBalances.map(({ currency, balance }): Line => [cashInstrument(currency), balance]));
  const units = totals(positions.map((position): Line => [instrumentOf(position), position.quantity]));
  const held = [...units].filter(([, quantity]) => !isZero(quantity));
  return [...cash, ...held].map(([instrumentId, quantity]) => ({ instrumentId, quantity }));
}

/** The lines in which two lists of holdings differ, by their instrument. */
export function differences(ours: readonly Holding[], theirs: readonly Holding[]): readonly ReconciliationDifference[] {
  const [investsuite, upvest] = [linesOf(ours), linesOf(theirs)];
  const instruments = [...new Set([...ours, ...theirs].map(({ instrumentId }) => instrumentId))].sort();
  return instruments.flatMap((instrumentId) => {
    const here = investsuite.get(instrumentId) ?? ZERO;
    const there = upvest.get(instrumentId) ?? ZERO;
    if (equals(here, there)) return [];
    return [{ instrumentId, investsuite: here, upvest: there, difference: subtract(here, there) }];
  });
}

type Line = readonly [instrumentId: string, quantity: Decimal];

const linesOf = (holdings: readonly Holding[]): Map<string, Decimal> =>
  totals(holdings.map(({ instrumentId, quantity }): Line => [instrumentId, quantity]));

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
