import type { ReactElement } from 'react';
import type { PortfolioDetails } from '../pages/portfolio.tsx';
import { Amount, Panel } from './bits.tsx';

/** Cash at the broker, and what of it is free. */
export function CashPanel({ portfolio }: { readonly portfolio: PortfolioDetails }): ReactElement {
  const { cashBalance, brokerageAccount } = portfolio;
  if (cashBalance == null) {
    return (
      <Panel id="cash" title="Cash">
        <p className="empty">
          {brokerageAccount == null
            ? 'The broker has no account for this portfolio: there is nothing to trade with or to pay out.'
            : 'The broker does not answer at the moment, so its cash is not known. InvestSuite’s figures are shown.'}
        </p>
      </Panel>
    );
  }
  const { currency, availableForWithdrawal, availableForTrading, lockedForTrading, pendingSettlement } = cashBalance;
  return (
    <Panel id="cash" title="Cash">
      <div className="cash-free">
        <p className="figure-label">Available to withdraw</p>
        <p className="figure">
          <Amount amount={availableForWithdrawal} currency={currency} />
        </p>
        <dl className="small-figures">
          <Figure name="Available to trade" amount={availableForTrading} currency={currency} />
          <Figure name="Held for orders" amount={lockedForTrading} currency={currency} />
          <Figure name="Being settled" amount={pendingSettlement} currency={currency} />
        </dl>
      </div>
    </Panel>
  );
}

const Figure = ({ name, amount, currency }: { name: string; amount: string; currency: string }): ReactElement => (
  <div>
    <dt>{name}</dt>
    <dd>
      <Amount amount={amount} currency={currency} />
    </dd>
  </div>
);
