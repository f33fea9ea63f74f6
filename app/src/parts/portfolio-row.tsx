import { type ReactElement, useEffect, useRef } from 'react';
import type { PortfolioRowFragment } from '../generated/graphql.ts';
import { portfolioAddress } from '../route.ts';
import { MANAGERS, MONEY_TYPES, PORTFOLIO_STATUSES } from '../words.ts';
import { Amount, Chip } from './bits.tsx';

export const portfolioName = ({
  name,
  externalId,
  id,
}: Pick<PortfolioRowFragment, 'name' | 'externalId' | 'id'>): string => name ?? externalId ?? id;

export const ownerName = ({ owner }: Pick<PortfolioRowFragment, 'owner'>): string =>
  [owner?.firstName, owner?.lastName].filter(Boolean).join(' ');

interface Props {
  readonly portfolio: PortfolioRowFragment;
  /** The first of a page that somebody has asked for: the keyboard goes on from there. */
  readonly focused: boolean;
}

export function PortfolioRow({ portfolio, focused }: Props): ReactElement {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (focused) link.current?.focus();
  }, [focused]);
  const instruments = portfolio.holdings.filter(({ instrumentId }) => !instrumentId.startsWith('$')).length;
  return (
    <li className="portfolio-row">
      <div className="portfolio-row-who">
        <a ref={link} href={portfolioAddress(portfolio.id)}>
          {portfolioName(portfolio)}
        </a>
        <p>{[ownerName(portfolio), MANAGERS[portfolio.manager]].filter(Boolean).join(' · ')}</p>
        {portfolio.externalId != null && <p className="reference">{portfolio.externalId}</p>}
      </div>
      <p className="portfolio-row-marks">
        <Marks portfolio={portfolio} />
      </p>
      <p className="portfolio-row-cash">
        <Worth portfolio={portfolio} />
        <small>
          <Cash portfolio={portfolio} />
        </small>
        <small>
          {instruments === 0 ? 'no instruments' : instruments === 1 ? '1 instrument' : `${instruments} instruments`}
        </small>
      </p>
    </li>
  );
}

function Worth({ portfolio: { valuation } }: { readonly portfolio: PortfolioRowFragment }): ReactElement | null {
  if (valuation?.total == null) return null;
  return (
    <span>
      <span className="unseen">Worth: </span>
      <Amount amount={valuation.total} currency={valuation.currency} />
    </span>
  );
}

function Cash({ portfolio }: { readonly portfolio: PortfolioRowFragment }): ReactElement {
  const { cashBalance, brokerageAccount } = portfolio;
  if (brokerageAccount == null) return <span className="none">no broker account</span>;
  if (cashBalance == null) return <span className="none">cash not known now</span>;
  return (
    <span>
      <span className="unseen">Cash at the broker: </span>
      <Amount amount={cashBalance.balance} currency={cashBalance.currency} /> cash
    </span>
  );
}

/** Only what is not as one would expect, so that it is seen. */
export function Marks({ portfolio }: { readonly portfolio: PortfolioRowFragment }): ReactElement {
  const { status, archived, moneyType, reconciliation } = portfolio;
  const [words, tone] = PORTFOLIO_STATUSES[status ?? 'UNKNOWN'];
  return (
    <>
      {status !== 'ACTIVE' && status != null && <Chip tone={tone}>{words}</Chip>}
      {archived === true && <Chip tone="plain">Archived</Chip>}
      {moneyType !== 'REAL_MONEY' && <Chip tone="plain">{MONEY_TYPES[moneyType]}</Chip>}
      {reconciliation?.inSync === false && <Chip tone="busy">Systems differ</Chip>}
    </>
  );
}
