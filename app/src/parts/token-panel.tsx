import { type FormEvent, type ReactElement, useId, useState } from 'react';
import { useStore } from '../store.ts';
import { changeToken, tokenState } from '../token.ts';

/** Asks for a bearer token where the gateway wants one. */
export function TokenPanel(): ReactElement | null {
  const { token, refused } = useStore(tokenState);
  const [typed, setTyped] = useState('');
  const id = useId();
  if (!refused) return null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const given = typed.trim().replace(/^bearer\s+/i, '');
    if (given !== '') changeToken(given);
  };
  return (
    <section className="token" aria-labelledby={`${id}-title`}>
      <form onSubmit={submit}>
        <h2 id={`${id}-title`}>{token === undefined ? 'This gateway asks who you are' : 'The token does not hold'}</h2>
        <p id={`${id}-help`}>
          Paste an access token of your identity provider. It stays in this tab and is forgotten with it.
        </p>
        <label htmlFor={id}>Access token</label>
        <div className="with-button">
          <input
            id={id}
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            aria-describedby={`${id}-help`}
            onChange={(event) => setTyped(event.target.value)}
          />
          <button type="submit" className="primary">
            Use it
          </button>
        </div>
      </form>
    </section>
  );
}
