import type { ReactElement } from 'react';
import { useQuery } from 'urql';
import { formatMoney } from '../../../../client/index.ts';
import { type CapabilityState, HealthDocument, type HealthQuery } from '../../generated/graphql.ts';
import { portfolioAddress } from '../../route.ts';
import { type Tone, wordsOf } from '../../words.ts';
import { Chip, Panel, Trouble, Waiting } from '../bits.tsx';

const SHOWN = 50;

const CAPABILITY_STATES: Readonly<Record<CapabilityState, readonly [string, Tone]>> = {
  OFF: ['Off by setting', 'plain'],
  UNKNOWN: ['Not asked yet', 'plain'],
  GRANTED: ['Granted', 'good'],
  NOT_GRANTED: ['Not granted', 'bad'],
};

type Drifted = HealthQuery['driftedPortfolios']['edges'][number]['node'];

/** Portfolios that differ from the broker, and what the broker lets the gateway do. */
export function HealthPanel(): ReactElement {
  const [{ data, error, fetching }] = useQuery({ query: HealthDocument, variables: { first: SHOWN } });
  const drifted = data?.driftedPortfolios.edges ?? [];
  return (
    <>
      <Panel id="synchronization" title="Synchronization">
        <Trouble error={error} />
        {data === undefined && fetching && <Waiting what="Synchronization" />}
        {data !== undefined && drifted.length === 0 && <p className="empty">No portfolio has a problem.</p>}
        <ul className="cards">
          {drifted.map(({ node }) => (
            <DriftedCard key={node.id} portfolio={node} />
          ))}
        </ul>
      </Panel>
      <Panel id="capabilities" title="Capabilities of the broker">
        <ul className="trades">
          {(data?.capabilities ?? []).map(({ name, state }) => (
            <li key={name}>
              <span>{wordsOf(name)}</span>
              <Chip tone={CAPABILITY_STATES[state][1]}>{CAPABILITY_STATES[state][0]}</Chip>
            </li>
          ))}
        </ul>
      </Panel>
    </>
  );
}

function DriftedCard({
  portfolio: { id, name, externalId, synchronization },
}: {
  readonly portfolio: Drifted;
}): ReactElement {
  return (
    <li className="card">
      <div className="card-head">
        <a href={portfolioAddress(id)}>{name ?? externalId ?? id}</a>
        {synchronization != null && (
          <Chip tone={synchronization.state === 'DRIFTED' ? 'bad' : 'busy'}>{wordsOf(synchronization.state)}</Chip>
        )}
      </div>
      <ul className="trades">
        {(synchronization?.problems ?? []).map((problem) => (
          <li key={problem.id}>
            <span>
              {wordsOf(problem.type)}
              {problem.amount != null &&
                problem.currency != null &&
                ` of ${formatMoney(problem.amount, problem.currency)}`}
              {problem.isin != null && ` · ${problem.isin}`}
            </span>
            <small>{problem.reason}</small>
          </li>
        ))}
      </ul>
    </li>
  );
}
