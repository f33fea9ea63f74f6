import { type ReactElement, useState } from 'react';
import { useQuery } from 'urql';
import { useAttempt } from '../../attempt.ts';
import { formatMinute } from '../../dates.ts';
import {
  ParkedEventsDocument,
  type ParkedEventsQuery,
  ReplayParkedEventDocument,
  type ReplayParkedEventMutation,
} from '../../generated/graphql.ts';
import { Panel, Trouble, Waiting } from '../bits.tsx';

type Parked = ParkedEventsQuery['parkedEvents']['edges'][number]['node'];

const SHOWN = 50;

/** Events that could not be processed, to be replayed when the cause is mended. */
export function ParkedPanel(): ReactElement {
  const [{ data, error, fetching }, refetch] = useQuery({ query: ParkedEventsDocument, variables: { first: SHOWN } });
  const events = data?.parkedEvents.edges ?? [];
  const readAgain = (): void => refetch({ requestPolicy: 'network-only' });
  return (
    <Panel id="parked" title="Parked events">
      <Trouble error={error} />
      {data === undefined && fetching && <Waiting what="Parked events" />}
      {data !== undefined && events.length === 0 && <p className="empty">No event is parked.</p>}
      <ul className="cards">
        {events.map(({ node }) => (
          <ParkedCard key={node.id} event={node} onReplayed={readAgain} />
        ))}
      </ul>
    </Panel>
  );
}

interface CardProps {
  readonly event: Parked;
  readonly onReplayed: () => void;
}

function ParkedCard({ event: { id, source, type, eventId, receivedAt, reason }, onReplayed }: CardProps): ReactElement {
  const [problem, setProblem] = useState('');
  const { status, send, sendAgain } = useAttempt<ReplayParkedEventMutation, { readonly id: string }>(
    `replay/${id}`,
    ReplayParkedEventDocument,
    (outcome) => (outcome.kind === 'refused' ? setProblem(outcome.refusal.message) : onReplayed()),
  );
  const act = (): void => {
    if (status === 'unknown') sendAgain();
    else if (status === 'idle') send({ id });
  };
  return (
    <li className="card parked" data-id={id}>
      <div className="card-head">
        <p className="card-title">{type}</p>
        <button type="button" className="quiet" aria-disabled={status === 'sending'} onClick={act}>
          {status === 'sending' ? 'Sending …' : 'Replay'}
          <span className="unseen"> {type}</span>
        </button>
      </div>
      <p className="card-about">
        {source === 'UPVEST' ? 'Broker' : 'InvestSuite'} · {formatMinute(receivedAt)} · {eventId}
      </p>
      {reason != null && <p className="card-reason">{reason}</p>}
      <p role="alert" className="field-problem">
        {status === 'unknown' ? 'No answer yet. Try again.' : problem}
      </p>
    </li>
  );
}
