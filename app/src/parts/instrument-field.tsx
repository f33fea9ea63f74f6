import { type ReactElement, useId, useState } from 'react';
import { useQuery } from 'urql';
import { FindInstrumentsDocument } from '../generated/graphql.ts';
import { useSettled } from '../live/settled.ts';
import type { ChosenInstrument } from '../order-draft.ts';
import { Amount, Trouble } from './bits.tsx';

interface Props {
  readonly chosen: ChosenInstrument | undefined;
  readonly onChoose: (instrument: ChosenInstrument | undefined) => void;
}

/** Finds an instrument by words of its name, ISIN or WKN, and has one chosen. */
export function InstrumentField({ chosen, onChoose }: Props): ReactElement {
  const id = useId();
  const [typed, setTyped] = useState('');
  const search = useSettled(typed.trim());
  const [{ data, error, fetching }] = useQuery({
    query: FindInstrumentsDocument,
    variables: { search },
    pause: search === '' || chosen !== undefined,
  });
  if (chosen !== undefined) {
    return (
      <div className="field chosen">
        <span className="field-label">Instrument</span>
        <p>
          {chosen.name} <small>{chosen.isin}</small>
          <button type="button" className="quiet" onClick={() => onChoose(undefined)}>
            Change<span className="unseen"> the instrument</span>
          </button>
        </p>
      </div>
    );
  }
  const found = search === '' ? [] : (data?.instruments.edges ?? []);
  return (
    <div className="field instrument-field">
      <label htmlFor={id}>Instrument</label>
      <input
        id={id}
        type="search"
        autoComplete="off"
        spellCheck={false}
        placeholder="Name, ISIN or WKN"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Trouble error={error} />
      {found.length > 0 && (
        <ul className="found" aria-label="Instruments found">
          {found.map(({ node }) => (
            <li key={node.isin}>
              <button type="button" onClick={() => onChoose(node)}>
                <span>
                  {node.name} <small>{node.isin}</small>
                </span>
                {node.price != null && <Amount amount={node.price.amount} currency={node.price.currency} />}
              </button>
            </li>
          ))}
        </ul>
      )}
      <p role="status" className="help">
        {search !== '' && !fetching && error === undefined && found.length === 0 && 'No tradable instrument found.'}
      </p>
    </div>
  );
}
