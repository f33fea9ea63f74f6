import type { ReactElement } from 'react';
import { formatNumber } from '../../../client/index.ts';
import type { PortfolioDetails } from '../pages/portfolio.tsx';
import { Panel } from './bits.tsx';

/** A holding in the two systems; a side is undefined where it has no such line, or is not known. */
interface BothSides {
  readonly instrumentId: string;
  readonly name: string;
  readonly investSuite: string | undefined;
  readonly upvest: string | undefined;
  /** As the gateway has computed it; undefined where the systems agree or can't be compared. */
  readonly difference: string | undefined;
}

/** Cash and holdings of InvestSuite beside those of the broker. */
export function ComparisonPanel({ portfolio }: { readonly portfolio: PortfolioDetails }): ReactElement {
  const sides = bothSides(portfolio);
  return (
    <Panel id="comparison" title="Both systems">
      {sides.length === 0 ? (
        <p className="empty">No holdings yet.</p>
      ) : (
        <div className="scroll">
          <table className="sides">
            <caption className="unseen">Cash and holdings in both systems</caption>
            <thead>
              <tr>
                <th scope="col">Holding</th>
                <th scope="col">InvestSuite</th>
                <th scope="col">Broker</th>
                <th scope="col">Difference</th>
              </tr>
            </thead>
            <tbody>
              {sides.map((side) => (
                <tr key={side.instrumentId} data-differs={side.difference !== undefined}>
                  <th scope="row">
                    {side.name} <small>{side.instrumentId}</small>
                  </th>
                  <td data-label="InvestSuite">{shown(side.investSuite)}</td>
                  <td data-label="Broker">{shown(side.upvest)}</td>
                  <td data-label="Difference">
                    <Difference side={side} comparable={portfolio.reconciliation != null} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

/** With every digit: this table is for finding differences. */
const shown = (quantity: string | undefined): string => (quantity === undefined ? '–' : formatNumber(quantity));

/** The lines of both systems by instrument: first as InvestSuite has them, then what only the broker has. */
function bothSides({ holdings, positions, cashBalance, reconciliation }: PortfolioDetails): readonly BothSides[] {
  const ours = new Map(holdings.map(({ instrumentId, quantity }) => [instrumentId, quantity]));
  const theirs = new Map<string, string>();
  const names = new Map<string, string>();
  if (cashBalance != null) theirs.set(`$${cashBalance.currency}`, cashBalance.balance);
  // Several accounts may hold the same instrument. Only the gateway adds up; where it does not say, nothing is shown.
  const isins = (positions ?? []).map(({ isin }) => isin);
  for (const { isin, quantity, instrument } of positions ?? []) {
    if (isin == null) continue;
    if (instrument != null) names.set(isin, instrument.name);
    if (isins.indexOf(isin) === isins.lastIndexOf(isin)) theirs.set(isin, quantity);
  }
  for (const holding of holdings) {
    if ('instrument' in holding && holding.instrument != null) names.set(holding.instrumentId, holding.instrument.name);
  }
  const differences = new Map((reconciliation?.differences ?? []).map((each) => [each.instrumentId, each]));
  return [...new Set([...ours.keys(), ...theirs.keys(), ...differences.keys()])].map((instrumentId) => {
    const difference = differences.get(instrumentId);
    return {
      instrumentId,
      name: names.get(instrumentId) ?? (instrumentId.startsWith('$') ? 'Cash' : 'Unknown instrument'),
      investSuite: difference?.investsuite ?? ours.get(instrumentId),
      upvest: difference?.upvest ?? theirs.get(instrumentId),
      difference: difference?.difference,
    };
  });
}

/** Marked by a sign and words as well as by colour. */
function Difference({
  side: { difference },
  comparable,
}: {
  readonly side: BothSides;
  readonly comparable: boolean;
}): ReactElement {
  if (difference !== undefined) {
    return (
      <mark className="difference" title="InvestSuite has this much more (+) or less (−) than the broker">
        <span aria-hidden="true">≠ </span>
        <span className="unseen">differs by </span>
        {formatNumber(difference, { signed: true })}
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
