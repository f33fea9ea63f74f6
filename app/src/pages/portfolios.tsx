import { type FormEvent, type ReactElement, useEffect, useId, useState } from 'react';
import { type PortfolioFilter, PortfoliosDocument } from '../generated/graphql.ts';
import { useLiveQuery } from '../live/query.ts';
import { Trouble, Waiting } from '../parts/bits.tsx';
import { PortfolioRow } from '../parts/portfolio-row.tsx';
import { portfolioAddress } from '../route.ts';

const PAGE_SIZE = 20;

/** InvestSuite's ids tell what they are of; anything else is an id of the integrator's own. */
function filterOf(text: string): PortfolioFilter {
  if (text === '') return {};
  return /^U[0-9A-Z]{26}$/.test(text) ? { ownerId: text } : { externalId: text };
}

export function PortfoliosPage(): ReactElement {
  const [filter, setFilter] = useState<PortfolioFilter>({});
  useEffect(() => {
    document.title = 'Portfolios · invest-gateway';
  }, []);
  return (
    <>
      <div className="page-head">
        <h1>Portfolios</h1>
        <p className="lead">Holdings from InvestSuite next to the broker’s cash, and where the two differ.</p>
      </div>
      <Search onSearch={setFilter} />
      <PortfolioList key={JSON.stringify(filter)} filter={filter} />
    </>
  );
}

function Search({ onSearch }: { readonly onSearch: (filter: PortfolioFilter) => void }): ReactElement {
  const id = useId();
  const [text, setText] = useState('');
  const [divesting, setDivesting] = useState(false);
  const search = (typed: string, onlyDivesting: boolean): void => {
    const wanted = typed.trim();
    if (/^P[0-9A-Z]{26}$/.test(wanted)) location.hash = portfolioAddress(wanted);
    else onSearch({ ...filterOf(wanted), ...(onlyDivesting ? { withPendingDivestment: true } : {}) });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    search(text, divesting);
  };
  return (
    <search>
      <form className="search" onSubmit={submit}>
        <label htmlFor={id}>Find by id</label>
        <div className="with-button">
          <input
            id={id}
            type="search"
            autoComplete="off"
            spellCheck={false}
            placeholder="bank-portfolio-7"
            aria-describedby={`${id}-help`}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              if (event.target.value === '') search('', divesting);
            }}
          />
          <button type="submit">Find</button>
        </div>
        <p id={`${id}-help`} className="help">
          Of a portfolio or an owner, or your own reference for it.
        </p>
        <label className="check">
          <input
            type="checkbox"
            checked={divesting}
            onChange={(event) => {
              setDivesting(event.target.checked);
              search(text, event.target.checked);
            }}
          />
          Only with money being paid out
        </label>
      </form>
    </search>
  );
}

function PortfolioList({ filter }: { readonly filter: PortfolioFilter }): ReactElement {
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  return (
    <ul className="portfolios" aria-label="Portfolios">
      {cursors.map((after, index) => (
        <PortfolioListPage
          key={after ?? ''}
          filter={filter}
          after={after}
          isLast={index === cursors.length - 1}
          onMore={(cursor) => setCursors([...cursors, cursor])}
        />
      ))}
    </ul>
  );
}

interface PageProps {
  readonly filter: PortfolioFilter;
  readonly after: string | null;
  readonly isLast: boolean;
  readonly onMore: (cursor: string) => void;
}

function PortfolioListPage({ filter, after, isLast, onMore }: PageProps): ReactElement {
  const { data, error, fetching } = useLiveQuery(
    { query: PortfoliosDocument, variables: { first: PAGE_SIZE, after, filter } },
    (read) => read?.portfolios?.edges.map(({ node }) => node.id) ?? [],
  );
  const connection = data?.portfolios;
  const cursor = connection?.pageInfo.hasNextPage === true ? connection.pageInfo.endCursor : undefined;
  return (
    <>
      {connection?.edges.map(({ node }, index) => (
        <PortfolioRow key={node.id} portfolio={node} focused={after !== null && index === 0} />
      ))}
      {(error !== undefined || (fetching && connection == null) || connection?.edges.length === 0) && (
        <li className="portfolios-note">
          <Trouble error={error} />
          {fetching && connection == null && <Waiting what="Portfolios" lines={6} />}
          {connection?.edges.length === 0 && <p className="empty">No portfolio fits.</p>}
        </li>
      )}
      {isLast && cursor != null && (
        <li className="portfolios-note">
          <button type="button" onClick={() => onMore(cursor)}>
            Show more
          </button>
        </li>
      )}
    </>
  );
}
