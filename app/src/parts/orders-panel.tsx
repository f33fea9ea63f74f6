import type { ReactElement } from 'react';
import { OrdersDocument } from '../generated/graphql.ts';
import { useLiveQuery } from '../live/query.ts';
import { Panel, Trouble } from './bits.tsx';
import { OrderCard } from './order-card.tsx';

const SHOWN = 5;
/** An empty list does not say what it is a list of. */
const CONTEXT = { additionalTypenames: ['Order'] };

/** The latest orders; those under way are followed. */
export function OrdersPanel({ portfolioId }: { readonly portfolioId: string }): ReactElement | null {
  const { data, error } = useLiveQuery(
    { query: OrdersDocument, variables: { portfolioId, first: SHOWN }, context: CONTEXT },
    () => [portfolioId],
  );
  const orders = data?.portfolio?.orders.edges ?? [];
  if (orders.length === 0 && error === undefined) return null;
  return (
    <Panel id="orders" title="Orders">
      <Trouble error={error} />
      <ul className="cards">
        {orders.map(({ node }) => (
          <OrderCard key={node.id} listed={node} />
        ))}
      </ul>
    </Panel>
  );
}
