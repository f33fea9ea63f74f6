import { type ReactElement, useState } from 'react';
import { isNegative } from '../../../client/index.ts';
import { useAttempt } from '../attempt.ts';
import {
  ExecuteOptimizationDocument,
  type ExecuteOptimizationMutation,
  RebalancingsDocument,
  type RebalancingsQuery,
} from '../generated/graphql.ts';
import { useLiveQuery } from '../live/query.ts';
import { Amount, Panel, Quantity, Trouble } from './bits.tsx';
import { RebalancingCard } from './rebalancing-card.tsx';
import { UnknownOutcome } from './unknown-outcome.tsx';

type Optimization = NonNullable<NonNullable<RebalancingsQuery['portfolio']>['optimization']>;

const SHOWN = 3;
const CONTEXT = { additionalTypenames: ['Rebalancing'] };

interface Props {
  readonly portfolioId: string;
  readonly currency: string;
}

/** The robo advisor's recommendation, and the rebalancings that carry it out. */
export function RebalancingPanel({ portfolioId, currency }: Props): ReactElement | null {
  const { data, error } = useLiveQuery(
    { query: RebalancingsDocument, variables: { portfolioId, first: SHOWN }, context: CONTEXT },
    () => [portfolioId],
  );
  const optimization = data?.portfolio?.optimization;
  const rebalancings = data?.portfolio?.rebalancings.edges ?? [];
  const isCarriedOut = rebalancings.some(({ node }) => node.optimizationId === optimization?.id);
  const isOpen = optimization != null && !isCarriedOut;
  if (!isOpen && rebalancings.length === 0 && error === undefined) return null;
  return (
    <Panel id="rebalancing" title="Rebalancing">
      <Trouble error={error} />
      {isOpen && (
        <Recommendation
          portfolioId={portfolioId}
          currency={currency}
          optimization={optimization}
          mayExecute={data?.viewer.scopes.includes('operator') === true}
        />
      )}
      <ul className="cards">
        {rebalancings.map(({ node }) => (
          <RebalancingCard key={node.id} listed={node} />
        ))}
      </ul>
    </Panel>
  );
}

interface RecommendationProps extends Props {
  readonly optimization: Optimization;
  readonly mayExecute: boolean;
}

function Recommendation({ portfolioId, currency, optimization, mayExecute }: RecommendationProps): ReactElement {
  const { id, inProgress, isRecommended, orders } = optimization;
  if (inProgress) return <p className="empty">The robo advisor is computing a new optimization.</p>;
  if (orders == null || orders.length === 0) return <p className="empty">The robo advisor recommends no trades.</p>;
  return (
    <div className="recommendation">
      <p>
        {isRecommended === true
          ? 'The robo advisor recommends:'
          : 'The robo advisor has computed, but does not recommend:'}
      </p>
      <ul className="trades">
        {orders.map(({ instrumentId, instrument, shares, quantity, quantityType }) => (
          <li key={instrumentId}>
            {isNegative(shares ?? quantity) ? 'Sell' : 'Buy'} {instrument?.name ?? instrumentId}:{' '}
            {quantityType === 'AMOUNT' ? (
              <Amount amount={quantity.replace('-', '')} currency={currency} />
            ) : (
              <Quantity units={quantity.replace('-', '')} />
            )}
          </li>
        ))}
      </ul>
      {mayExecute && id != null && <Execute portfolioId={portfolioId} optimizationId={id} />}
    </div>
  );
}

interface ExecuteProps {
  readonly portfolioId: string;
  readonly optimizationId: string;
}

function Execute({ portfolioId, optimizationId }: ExecuteProps): ReactElement {
  const [problem, setProblem] = useState('');
  const attempting = useAttempt<ExecuteOptimizationMutation, ExecuteProps>(
    `rebalancing/${portfolioId}`,
    ExecuteOptimizationDocument,
    (outcome) => setProblem(outcome.kind === 'refused' ? outcome.refusal.message : ''),
  );
  const isSending = attempting.status === 'sending';
  const act = (): void => {
    if (!isSending) attempting.send({ portfolioId, optimizationId });
  };
  return (
    <>
      {attempting.status !== 'unknown' && (
        <button type="button" className="primary" aria-disabled={isSending} onClick={act}>
          {isSending ? 'Sending …' : 'Carry it out'}
        </button>
      )}
      <UnknownOutcome attempting={attempting} what="this rebalancing" />
      <p role="alert" className="form-problem">
        {problem}
      </p>
    </>
  );
}
