import type { ReactElement } from 'react';
import { formatDecimal, formatMoney } from '../money/decimal.ts';
import type { PortfolioDetails } from '../pages/portfolio.tsx';
import { Panel } from './bits.tsx';
import { bothSides, Difference } from './difference.tsx';

/** Cash in both systems, and what of it is free. */
export function CashPanel({ portfolio }: { readonly portfolio: PortfolioDetails }): ReactElement {
  const { cashBalance, brokerageAccount, baseCurrency, reconciliation } = portfolio;
  const sides = bothSides(portfolio).filter(({ instrumentId }) => instrumentId.startsWith('$'));
  const lines = sides.length > 0 ? sides : [EMPTY(baseCurrency)];
  return (
    <Panel id="cash" title="Cash">
      <div className="cash">
        {cashBalance == null ? (
          <p className="empty">
            {brokerageAccount == null
              ? 'The broker has no account for this portfolio, so there is nothing to compare or to pay out.'
              : 'The broker’s side can’t be had at the moment. What InvestSuite says is shown.'}
          </p>
        ) : (
          <div className="cash-free">
            <p className="figure-label">Available to withdraw</p>
            <p className="figure">
              {formatDecimal(cashBalance.availableForWithdrawal, { decimals: 2 })} <span>{cashBalance.currency}</span>
            </p>
            <dl className="small-figures">
              <Figure name="Locked for trading" amount={cashBalance.lockedForTrading} currency={cashBalance.currency} />
              <Figure name="Being settled" amount={cashBalance.pendingSettlement} currency={cashBalance.currency} />
            </dl>
          </div>
        )}
        <div className="scroll">
          <table className="sides">
            <caption className="unseen">Cash in both systems</caption>
            <thead>
              <tr>
                <th scope="col">Cash</th>
                <th scope="col">InvestSuite</th>
                <th scope="col">Broker</th>
                <th scope="col">Difference</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((side) => (
                <tr key={side.instrumentId} data-differs={side.difference !== undefined}>
                  <th scope="row">{side.instrumentId.slice(1)}</th>
                  <td data-label="InvestSuite">
                    {side.investSuite === undefined ? '–' : formatDecimal(side.investSuite, { decimals: 2 })}
                  </td>
                  <td data-label="Broker">
                    {side.upvest === undefined ? '–' : formatDecimal(side.upvest, { decimals: 2 })}
                  </td>
                  <td data-label="Difference">
                    <Difference side={side} comparable={reconciliation != null} decimals={2} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </Panel>
  );
}

const EMPTY = (currency: string) => ({
  instrumentId: `$${currency}`,
  investSuite: undefined,
  upvest: undefined,
  difference: undefined,
});

const Figure = ({ name, amount, currency }: { name: string; amount: string; currency: string }): ReactElement => (
  <div>
    <dt>{name}</dt>
    <dd>{formatMoney(amount, currency)}</dd>
  </div>
);
