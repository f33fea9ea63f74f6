import { type ReactElement, useId, useState } from 'react';
import { TransactionsDocument, type TransactionType } from '../generated/graphql.ts';
import { useLiveQuery } from '../live/query.ts';
import type { PortfolioDetails } from '../pages/portfolio.tsx';
import { TRANSACTION_TYPES } from '../words.ts';
import { Panel, Trouble, Waiting } from './bits.tsx';
import { TransactionItem } from './transaction-item.tsx';

const PAGE_SIZE = 10;

const isType = (value: string): value is TransactionType => value in TRANSACTION_TYPES;

/** Transactions of the portfolio, newest first; each transaction opens to its movements. */
export function TransactionsPanel({ portfolio }: { readonly portfolio: PortfolioDetails }): ReactElement {
  const { id: portfolioId } = portfolio;
  const [type, setType] = useState<TransactionType>();
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const id = useId();
  const filter = (
    <div className="panel-filter">
      <label htmlFor={id}>Show</label>
      <select
        id={id}
        value={type ?? ''}
        onChange={({ target: { value } }) => {
          setType(isType(value) ? value : undefined);
          setCursors([null]);
        }}
      >
        <option value="">everything</option>
        {Object.entries(TRANSACTION_TYPES)
          // As input the gateway does not know what nobody knows.
          .filter(([name]) => name !== 'UNKNOWN')
          .map(([name, words]) => (
            <option key={name} value={name}>
              {words.toLowerCase()}
            </option>
          ))}
      </select>
    </div>
  );
  return (
    <Panel id="transactions" title="Transactions" aside={filter}>
      <ol className="transactions">
        {cursors.map((after, index) => (
          <TransactionsPage
            key={`${type} ${after}`}
            portfolioId={portfolioId}
            type={type}
            after={after}
            isLast={index === cursors.length - 1}
            onMore={(cursor) => setCursors([...cursors, cursor])}
          />
        ))}
      </ol>
    </Panel>
  );
}

interface PageProps {
  readonly portfolioId: string;
  readonly type: TransactionType | undefined;
  readonly after: string | null;
  readonly isLast: boolean;
  readonly onMore: (cursor: string) => void;
}

function TransactionsPage({ portfolioId, type, after, isLast, onMore }: PageProps): ReactElement {
  const filter = type === undefined ? {} : { types: [type] };
  const { data, error, fetching } = useLiveQuery(
    { query: TransactionsDocument, variables: { portfolioId, first: PAGE_SIZE, after, filter } },
    () => [portfolioId],
  );
  const connection = data?.portfolio?.transactions;
  const cursor = connection?.pageInfo.hasNextPage === true ? connection.pageInfo.endCursor : undefined;
  return (
    <>
      {connection?.edges.map(({ node }, index) => (
        <TransactionItem key={node.id} transaction={node} focused={after !== null && index === 0} />
      ))}
      {(error !== undefined || (fetching && connection == null) || connection?.edges.length === 0) && (
        <li className="note">
          <Trouble error={error} />
          {fetching && connection == null && <Waiting what="Transactions" />}
          {connection?.edges.length === 0 && <p className="empty">None.</p>}
        </li>
      )}
      {isLast && cursor != null && (
        <li className="note">
          <button type="button" onClick={() => onMore(cursor)}>
            Show more
          </button>
        </li>
      )}
    </>
  );
}
