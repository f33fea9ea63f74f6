import type { ReactElement } from 'react';
import { formatDecimal } from '../money/decimal.ts';
import type { PortfolioDetails } from '../pages/portfolio.tsx';

/** Of an instrument in the two systems; a side is undefined where it has no such line, or is not known. */
export interface BothSides {
  readonly instrumentId: string;
  readonly investSuite: string | undefined;
  readonly upvest: string | undefined;
  /** As the gateway has computed it; undefined where the systems agree or can't be compared. */
  readonly difference: string | undefined;
}

/** The lines of both systems by instrument: first as InvestSuite has them, then what only the broker has. */
export function bothSides({
  holdings,
  positions,
  cashBalance,
  reconciliation,
}: PortfolioDetails): readonly BothSides[] {
  const ours = new Map(holdings.map(({ instrumentId, quantity }) => [instrumentId, quantity]));
  const theirs = new Map<string, string>();
  if (cashBalance != null) theirs.set(`$${cashBalance.currency}`, cashBalance.balance);
  // Several accounts may hold the same instrument. Only the gateway adds up; where it does not say, nothing is shown.
  const isins = (positions ?? []).map(({ isin }) => isin);
  for (const { isin, quantity } of positions ?? []) {
    if (isin != null && isins.indexOf(isin) === isins.lastIndexOf(isin)) theirs.set(isin, quantity);
  }
  const differences = new Map((reconciliation?.differences ?? []).map((each) => [each.instrumentId, each]));
  return [...new Set([...ours.keys(), ...theirs.keys(), ...differences.keys()])].map((instrumentId) => {
    const difference = differences.get(instrumentId);
    return {
      instrumentId,
      investSuite: difference?.investsuite ?? ours.get(instrumentId),
      upvest: difference?.upvest ?? theirs.get(instrumentId),
      difference: difference?.difference,
    };
  });
}

interface Props {
  readonly side: BothSides;
  /** Whether the broker's side is known at all. */
  readonly comparable: boolean;
  readonly decimals?: number;
}

/** How far apart the two are. Told by a sign and words as well as by colour. */
export function Difference({ side: { difference }, comparable, decimals = 0 }: Props): ReactElement {
  if (difference !== undefined) {
    return (
      <mark className="difference" title="InvestSuite has this much more (+) or less (−) than the broker">
        <span aria-hidden="true">≠ </span>
        <span className="unseen">differs by </span>
        {formatDecimal(difference, { decimals, signed: true })}
      </mark>
    );
  }
  if (!comparable) return <span className="none">–</span>;
  return (
    <span className="agrees">
      <span aria-hidden="true">✓</span>
      <span className="unseen">agrees</span>
    </span>
  );
}
