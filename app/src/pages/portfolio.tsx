import { type ReactElement, useEffect, useState } from 'react';
import { formatMoney } from '../../../client/index.ts';
import { formatDay } from '../dates.ts';
import { type OrderSide, PortfolioDocument, type PortfolioQuery } from '../generated/graphql.ts';
import { useLiveQuery } from '../live/query.ts';
import { type ChosenInstrument, NEW_ORDER } from '../order-draft.ts';
import { Chip, Trouble, Waiting } from '../parts/bits.tsx';
import { CashPanel } from '../parts/cash-panel.tsx';
import { ComparisonPanel } from '../parts/comparison-panel.tsx';
import { OrderPanel } from '../parts/order-panel.tsx';
import { OrdersPanel } from '../parts/orders-panel.tsx';
import { Marks, ownerName, portfolioName } from '../parts/portfolio-row.tsx';
import { RebalancingPanel } from '../parts/rebalancing-panel.tsx';
import { SandboxPanel } from '../parts/sandbox-panel.tsx';
import { TransactionsPanel } from '../parts/transactions-panel.tsx';
import { WithdrawPanel } from '../parts/withdraw-panel.tsx';
import { WithdrawalsPanel } from '../parts/withdrawals-panel.tsx';
import { WorthPanel } from '../parts/worth-panel.tsx';
import { PORTFOLIOS } from '../route.ts';
import { MANAGERS } from '../words.ts';

export type PortfolioDetails = NonNullable<PortfolioQuery['portfolio']>;

export function PortfolioPage({ id }: { readonly id: string }): ReactElement {
  const { data, error, fetching } = useLiveQuery({ query: PortfolioDocument, variables: { id } }, () => [id]);
  const portfolio = data?.portfolio;
  const name = portfolio == null ? 'Portfolio' : portfolioName(portfolio);
  useEffect(() => {
    document.title = `${name} · invest-gateway`;
  }, [name]);
  return (
    <>
      <p className="crumb">
        <a href={PORTFOLIOS}>All portfolios</a>
      </p>
      <Trouble error={error} />
      {portfolio == null && fetching && <Waiting what="Portfolio" lines={8} />}
      {portfolio == null && !fetching && error === undefined && <NotThere />}
      {portfolio != null && (
        <>
          <Head portfolio={portfolio} name={name} />
          {portfolio.brokerageAccount != null && <Trading portfolio={portfolio} />}
          <CashPanel portfolio={portfolio} />
          {portfolio.brokerageAccount != null && <WithdrawPanel portfolio={portfolio} />}
          <WithdrawalsPanel portfolioId={id} />
          <ComparisonPanel portfolio={portfolio} />
          <TransactionsPanel portfolio={portfolio} />
          <SandboxPanel portfolioId={id} />
        </>
      )}
    </>
  );
}

/** Worth, and how to change it: by orders of one's own, or by what the robo advisor recommends. */
function Trading({ portfolio: { id, manager, baseCurrency } }: { readonly portfolio: PortfolioDetails }): ReactElement {
  const [draft, setDraft] = useState(NEW_ORDER);
  const isOwn = manager === 'USER_MANAGED';
  const trade = (side: OrderSide, instrument: ChosenInstrument): void => {
    setDraft({ ...draft, side, instrument });
    document.getElementById('trade')?.scrollIntoView({ block: 'start' });
  };
  return (
    <>
      <WorthPanel portfolioId={id} onTrade={isOwn ? trade : undefined} />
      {isOwn ? (
        <OrderPanel portfolioId={id} currency={baseCurrency} draft={draft} onDraft={setDraft} />
      ) : (
        <RebalancingPanel portfolioId={id} currency={baseCurrency} />
      )}
      <OrdersPanel portfolioId={id} />
    </>
  );
}

const NotThere = (): ReactElement => (
  <div className="page-head">
    <h1>There is no such portfolio</h1>
    <p className="lead">It does not exist, or it is not yours to see.</p>
  </div>
);

function Head({ portfolio, name }: { readonly portfolio: PortfolioDetails; readonly name: string }): ReactElement {
  const { divestment, fundedSince, baseCurrency, reconciliation } = portfolio;
  const differences = reconciliation?.differences.length ?? 0;
  return (
    <div className="page-head">
      <h1>{name}</h1>
      <p className="lead">
        {[
          ownerName(portfolio),
          MANAGERS[portfolio.manager],
          fundedSince == null ? '' : `since ${formatDay(fundedSince)}`,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <p className="marks">
        {reconciliation?.inSync === true && <Chip tone="good">Both systems agree</Chip>}
        <Marks portfolio={{ ...portfolio, reconciliation: null }} />
        {differences > 0 && (
          <Chip tone="busy">{differences === 1 ? '1 difference' : `${differences} differences`}</Chip>
        )}
        {divestment != null && (
          <Chip tone="busy">
            {divestment.everything || divestment.amount == null
              ? 'Everything is being paid out'
              : `${formatMoney(divestment.amount, divestment.currency ?? baseCurrency)} reserved for payouts`}
          </Chip>
        )}
      </p>
    </div>
  );
}
