import type { ReactElement } from 'react';
import { formatDecimal } from '../money/decimal.ts';
import { formatPart, type Share, sharesOf } from '../money/shares.ts';
import type { PortfolioDetails } from '../pages/portfolio.tsx';
import { instrumentName } from '../words.ts';
import { Panel } from './bits.tsx';
import { type BothSides, bothSides, Difference } from './difference.tsx';
import { COLOURS, HoldingsChart } from './holdings-chart.tsx';

/** Holdings in both systems, with their shares. */
export function HoldingsPanel({ portfolio }: { readonly portfolio: PortfolioDetails }): ReactElement {
  const { holdings, past, baseCurrency, reconciliation } = portfolio;
  const movements = (past?.edges ?? []).flatMap(({ node }) => node.movements).filter(({ isCash }) => !isCash);
  const { shares, unpriced } = sharesOf(holdings, movements, baseCurrency);
  const order = new Map(shares.map(({ instrumentId }, index) => [instrumentId, index]));
  const place = ({ instrumentId }: BothSides): number => order.get(instrumentId) ?? COLOURS * 1000;
  const sides = [...bothSides(portfolio)].sort((a, b) => place(a) - place(b));
  return (
    <Panel id="holdings" title="Holdings">
      {sides.length === 0 ? (
        <p className="empty">Nothing yet.</p>
      ) : (
        <div className="holdings">
          <figure className="holdings-figure">
            <HoldingsChart shares={shares} />
            <figcaption>
              At each instrument’s last traded price
              {unpriced.length > 0 && `; none is known of ${unpriced.map(instrumentName).join(', ')}`}.
            </figcaption>
          </figure>
          <div className="scroll">
            <table className="sides">
              <caption className="unseen">Holdings in both systems</caption>
              <thead>
                <tr>
                  <th scope="col">Instrument</th>
                  <th scope="col">Share</th>
                  <th scope="col">InvestSuite</th>
                  <th scope="col">Broker</th>
                  <th scope="col">
                    <span className="unseen">Difference</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {sides.map((side) => (
                  <Line
                    key={side.instrumentId}
                    side={side}
                    share={shares[order.get(side.instrumentId) ?? -1]}
                    colour={order.get(side.instrumentId)}
                    comparable={reconciliation != null}
                  />
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </Panel>
  );
}

interface LineProps {
  readonly side: BothSides;
  readonly share: Share | undefined;
  /** Place among the shares; undefined: not drawn. */
  readonly colour: number | undefined;
  readonly comparable: boolean;
}

function Line({ side, share, colour, comparable }: LineProps): ReactElement {
  const decimals = side.instrumentId.startsWith('$') ? 2 : 0;
  return (
    <tr data-differs={side.difference !== undefined}>
      <th scope="row">
        <span
          aria-hidden="true"
          className={colour === undefined ? 'swatch' : `swatch colour-${Math.min(colour, COLOURS - 1)}`}
        />
        {instrumentName(side.instrumentId)}
      </th>
      <td data-label="Share">{share === undefined ? '–' : formatPart(share.part)}</td>
      <td data-label="InvestSuite">
        {side.investSuite === undefined ? '–' : formatDecimal(side.investSuite, { decimals })}
      </td>
      <td data-label="Broker">{side.upvest === undefined ? '–' : formatDecimal(side.upvest, { decimals })}</td>
      <td data-label="Difference">
        <Difference side={side} comparable={comparable} decimals={decimals} />
      </td>
    </tr>
  );
}
