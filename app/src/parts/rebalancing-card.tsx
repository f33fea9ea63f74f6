import type { ReactElement } from 'react';
import { useSubscription } from 'urql';
import { formatMinute } from '../dates.ts';
import {
  type RebalancingProgressFragment,
  type RebalancingState,
  RebalancingUpdatedDocument,
} from '../generated/graphql.ts';
import { tradeWords } from '../order-draft.ts';
import { ORDER_STATES, REBALANCING_STATES } from '../words.ts';
import { Chip } from './bits.tsx';
import { History, Steps } from './progress.tsx';

const WAY: readonly RebalancingState[] = ['REQUESTED', 'SELLING', 'BUYING', 'COMPLETED'];
const ENDS: readonly RebalancingState[] = ['COMPLETED', 'CANCELLED'];

/** A rebalancing with its orders, followed until it has ended. */
export function RebalancingCard({ listed }: { readonly listed: RebalancingProgressFragment }): ReactElement {
  const [{ data }] = useSubscription({
    query: RebalancingUpdatedDocument,
    variables: { id: listed.id },
    pause: ENDS.includes(listed.state),
  });
  const live = data?.rebalancingUpdated;
  const rebalancing = live !== undefined && live.history.length >= listed.history.length ? live : listed;
  const { state, reason, orders, skipped, history, createdAt } = rebalancing;
  const [words, tone] = REBALANCING_STATES[state];
  return (
    <li className="card rebalancing" data-state={state}>
      <div className="card-head">
        <p className="card-title">{formatMinute(createdAt)}</p>
        <Chip tone={tone}>{words}</Chip>
      </div>
      <Steps way={WAY} words={REBALANCING_STATES} state={state} history={history} />
      <ul className="trades">
        {orders.map((order) => (
          <li key={order.id} data-state={order.orderState}>
            <span>{tradeWords(order)}</span>{' '}
            <Chip tone={ORDER_STATES[order.orderState][1]}>{ORDER_STATES[order.orderState][0]}</Chip>
            {order.orderReason != null && <small>{order.orderReason}</small>}
          </li>
        ))}
        {skipped.map((order) => (
          <li key={`${order.side} ${order.isin}`} data-state="SKIPPED">
            <span>{tradeWords(order)}</span> <Chip tone="plain">Not sent</Chip>
            <small>{order.reason}</small>
          </li>
        ))}
      </ul>
      {reason != null && <p className="card-reason">{reason}</p>}
      <p className="unseen" role="status">
        Rebalancing: {words}
      </p>
      <History of="rebalancing" words={REBALANCING_STATES} history={history} />
    </li>
  );
}
