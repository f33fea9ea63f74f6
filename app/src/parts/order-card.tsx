import type { ReactElement } from 'react';
import { useSubscription } from 'urql';
import { formatMoney, formatNumber, isZero } from '../../../client/index.ts';
import { formatDay, formatMinute } from '../dates.ts';
import {
  CancelOrderDocument,
  type OrderProgressFragment,
  type OrderState,
  OrderUpdatedDocument,
} from '../generated/graphql.ts';
import { tradeWords } from '../order-draft.ts';
import { ORDER_STATES, wordsOf } from '../words.ts';
import { Chip } from './bits.tsx';
import { Cancel } from './cancel.tsx';
import { History, Steps } from './progress.tsx';

const WAY: readonly OrderState[] = ['REQUESTED', 'RECORDED', 'SUBMITTED', 'WORKING', 'FILLED', 'SETTLED'];
const CANCELLABLE: readonly OrderState[] = ['REQUESTED', 'RECORDED', 'SUBMITTED'];
const ENDS: readonly OrderState[] = ['SETTLED', 'CANCELLED', 'REJECTED', 'EXPIRED'];

/** An order, followed through its states until it has ended. */
export function OrderCard({ listed }: { readonly listed: OrderProgressFragment }): ReactElement {
  const [{ data }] = useSubscription({
    query: OrderUpdatedDocument,
    variables: { id: listed.id },
    pause: ENDS.includes(listed.state),
  });
  const live = data?.orderUpdated;
  // Each state adds a line to the history: the longer one is the newer one.
  const order = live !== undefined && live.history.length >= listed.history.length ? live : listed;
  const { state, reason, cancelling, history } = order;
  const title = tradeWords(order);
  const [words, tone] = ORDER_STATES[state];
  return (
    <li className="card order" data-state={state}>
      <div className="card-head">
        <p className="card-title">{title}</p>
        <Chip tone={tone}>{words}</Chip>
        {CANCELLABLE.includes(state) && !cancelling && (
          <Cancel id={order.id} what={`the order: ${title}`} document={CancelOrderDocument} />
        )}
      </div>
      <p className="card-about">{termsOf(order)}</p>
      <Steps way={WAY} words={ORDER_STATES} state={state} history={history} />
      {!isZero(order.filledQuantity) && <p className="card-about">{fillsOf(order)}</p>}
      {cancelling && !ENDS.includes(state) && <p className="card-reason">The broker was asked to cancel it.</p>}
      {reason != null && <p className="card-reason">{reason}</p>}
      <p className="unseen" role="status">
        Order: {title}: {words}
      </p>
      <History of={`order: ${title}`} words={ORDER_STATES} history={history} />
    </li>
  );
}

function termsOf({ createdAt, orderType, limitPrice, stopPrice, expiresOn, currency }: OrderProgressFragment): string {
  const price = limitPrice ?? stopPrice;
  return [
    formatMinute(createdAt),
    `${wordsOf(orderType)} order${price == null ? '' : ` at ${formatMoney(price, currency)}`}`,
    expiresOn == null ? '' : `until ${formatDay(expiresOn)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function fillsOf({ filledQuantity, averagePrice, filledAmount, fee, taxes, currency }: OrderProgressFragment): string {
  const price = averagePrice == null ? '' : ` at ${formatMoney(averagePrice, currency)}`;
  return [
    `${formatNumber(filledQuantity)} filled${price}: ${formatMoney(filledAmount, currency)}`,
    fee == null || isZero(fee) ? '' : `fee ${formatMoney(fee, currency)}`,
    isZero(taxes) ? '' : `taxes ${formatMoney(taxes, currency)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}
