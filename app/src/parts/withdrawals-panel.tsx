import type { ReactElement } from 'react';
import { WithdrawalsDocument } from '../generated/graphql.ts';
import { useLiveQuery } from '../live/query.ts';
import { Panel, Trouble } from './bits.tsx';
import { WithdrawalCard } from './withdrawal-card.tsx';

const SHOWN = 10;
/** A list that was empty has nothing in it that tells what it is a list of. */
const CONTEXT = { additionalTypenames: ['Withdrawal'] };

/** The latest withdrawals; those under way are followed. */
export function WithdrawalsPanel({ portfolioId }: { readonly portfolioId: string }): ReactElement | null {
  const { data, error } = useLiveQuery(
    { query: WithdrawalsDocument, variables: { portfolioId, first: SHOWN }, context: CONTEXT },
    () => [portfolioId],
  );
  const withdrawals = data?.portfolio?.withdrawals.edges ?? [];
  if (withdrawals.length === 0 && error === undefined) return null;
  return (
    <Panel id="withdrawals" title="Withdrawals">
      <Trouble error={error} />
      <ul className="cards">
        {withdrawals.map(({ node }) => (
          <WithdrawalCard key={node.id} listed={node} />
        ))}
      </ul>
    </Panel>
  );
}
