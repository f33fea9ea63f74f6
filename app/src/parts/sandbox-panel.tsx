import { type FormEvent, type ReactElement, useEffect, useId, useState } from 'react';
import { Panel } from './bits.tsx';

interface Act {
  readonly act: string;
  readonly words?: readonly string[];
  readonly options?: Readonly<Record<string, string>>;
}

/** A few of the acts of docs/sandbox.md, by what a person would call them. */
const actsFor = (portfolio: string): Readonly<Record<string, Act>> => ({
  'Go 30 days ahead': { act: 'clock', words: ['30d'] },
  'Book a dividend of 10.00': { act: 'book', words: ['dividend'], options: { portfolio, amount: '10.00' } },
  'Book a fee of 1.00': { act: 'book', words: ['fee'], options: { portfolio, amount: '1.00' } },
  'Refuse the next order': { act: 'force', words: ['order', 'refuse'], options: { portfolio } },
  'Fill the next order in part': { act: 'force', words: ['order', 'part'], options: { portfolio } },
  'Lose the answer to the next order': { act: 'force', words: ['order', 'lose'], options: { portfolio } },
  'Refuse the next withdrawal': { act: 'force', words: ['withdrawal', 'refuse'], options: { portfolio } },
  'Refuse the booking of the next withdrawal': {
    act: 'force',
    words: ['withdrawal', 'refuse-late'],
    options: { portfolio },
  },
  'Take the broker away': { act: 'cut', words: ['upvest'] },
  'Take InvestSuite away': { act: 'cut', words: ['investsuite'] },
  'Bring all back': { act: 'restore' },
});

const PATH = '/sandbox';

/** Acts on the stand-ins; empty where the gateway runs none, or this browser is on another machine. */
export function SandboxPanel({ portfolioId }: { readonly portfolioId: string }): ReactElement | null {
  const id = useId();
  const acts = actsFor(portfolioId);
  const [known, setKnown] = useState<readonly string[]>([]);
  const [name, setName] = useState(Object.keys(acts)[0] ?? '');
  const [said, setSaid] = useState('');
  useEffect(() => {
    fetch(PATH).then(
      async (response) => setKnown(response.ok ? stringsOf(await response.json()) : []),
      () => setKnown([]),
    );
  }, []);
  if (known.length === 0) return null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const act = acts[name];
    if (act === undefined) return;
    setSaid('…');
    run(act).then(setSaid, () => setSaid('The gateway can’t be reached at the moment.'));
  };
  return (
    <Panel id="sandbox" title="Sandbox">
      <p>Stand-ins play both systems here. This is what a bad day, or time, would do.</p>
      <form className="search" onSubmit={submit}>
        <label htmlFor={id}>Act</label>
        <div className="with-button">
          <select id={id} value={name} onChange={(event) => setName(event.target.value)}>
            {Object.entries(acts)
              .filter(([, { act }]) => known.includes(act))
              .map(([each]) => (
                <option key={each}>{each}</option>
              ))}
          </select>
          <button type="submit">Run</button>
        </div>
      </form>
      <p role="status">{said}</p>
    </Panel>
  );
}

async function run(act: Act): Promise<string> {
  const response = await fetch(PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(act),
  });
  const { said, error } = Object(await response.json()) as { said?: unknown; error?: unknown };
  if (typeof error === 'string') return error;
  // Lines such as `LINE='…'` are for shells.
  return typeof said === 'string' && said !== '' && !/^[A-Z]+='/.test(said) ? said : 'Done.';
}

function stringsOf(answer: unknown): readonly string[] {
  const { acts } = Object(answer) as { acts?: unknown };
  return Array.isArray(acts) ? acts.filter((act) => typeof act === 'string') : [];
}
