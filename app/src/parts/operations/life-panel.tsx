import { type FormEvent, type ReactElement, useId, useState } from 'react';
import { useQuery } from 'urql';
import { formatMinute } from '../../dates.ts';
import { AuditEntriesDocument } from '../../generated/graphql.ts';
import { lifeAddress } from '../../route.ts';
import { Panel, Trouble, Waiting } from '../bits.tsx';

/** The life of one deposit, withdrawal, order or rebalancing: every request, state, refusal and decision that the audit has. */
export function LifePanel({ id }: { readonly id: string | undefined }): ReactElement {
  const field = useId();
  const [typed, setTyped] = useState(id ?? '');
  const [{ data, error, fetching }] = useQuery({
    query: AuditEntriesDocument,
    variables: { id: id ?? '' },
    pause: id === undefined,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (typed.trim() !== '') location.hash = lifeAddress(typed.trim());
  };
  return (
    <Panel id="life" title="The life of one object">
      <form className="field" onSubmit={submit}>
        <label htmlFor={field}>Its id</label>
        <div className="with-button">
          <input
            id={field}
            autoComplete="off"
            spellCheck={false}
            placeholder="wdr_…"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <button type="submit">Show</button>
        </div>
      </form>
      <Trouble error={error} />
      {fetching && <Waiting what="Its life" />}
      {data?.auditEntries.length === 0 && <p className="empty">The audit has no entry of this id.</p>}
      <ol className="timeline">
        {(data?.auditEntries ?? []).map(({ at, actor, action, states, note, refusal }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the audit only grows at its end
          <li key={index} data-tone={refusal == null ? 'plain' : 'bad'}>
            <time dateTime={at}>{formatMinute(at)}</time>
            <span className="timeline-what">
              {states.length === 0 ? action : states.join(', ')}
              {refusal != null && <em> refused: {refusal}</em>}
              {note != null && <em> “{note}”</em>}
              <small>
                {action} · {actor === 'gateway' ? 'the gateway' : actor}
              </small>
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
