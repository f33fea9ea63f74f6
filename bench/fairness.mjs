// The harm that one customer can do to another: the time of one's answers before and while the other does the worst that limits allow.
import { ms } from './support/figures.mjs';
import { startHelper } from './support/live-process.mjs';
import { idOf } from './support/rest-data.mjs';
import { startArena } from './support/rivals.mjs';
import { goal, goals, table, times } from './support/table.mjs';

const MOST_TIMES_SLOWER = 3;
const CLIENTS = 4;
const QUERY = `query ($id: ID!) { portfolio(id: $id) {
  id name holdings { instrumentId quantity } cashBalance { balance }
  transactions(first: 10) { edges { node { id status movements { type quantity } } } }
} }`;

const TRIALS = [
  { what: '600 bodies of 1 MiB that never come', kind: 'bodies' },
  { what: '600 bodies of 60 kB that never come', kind: 'small bodies' },
  { what: '40 aliases of 100 ids that are not there, 12.5 times a second', kind: 'ids' },
  { what: 'the same, ids asked one by one', kind: 'ids', settings: { INVESTSUITE_BATCHING: 'off' } },
  { what: 'queries that cost nearly 20,000, 12.5 times a second', kind: 'queries' },
  { what: 'a thousand subscriptions over one WebSocket', kind: 'subscriptions' },
  { what: 'a thousand WebSockets, each with a message that does not end', kind: 'sockets' },
];

export async function fairness({ smoke, log }) {
  const arena = await startArena({ portfolios: 10, transactions: 100, movements: 2, delayMs: 20, strict: true });
  const attacker = startHelper('fairness-load');
  try {
    const issuer = await attacker.ask('issuer');
    const measured = [];
    for (const trial of TRIALS) {
      const { url } = await arena.ours({ ...issuer, ...trial.settings });
      const seconds = smoke ? 1 : 8;
      measured.push({ ...trial, ...(await measure({ arena, attacker, url, seconds, kind: trial.kind })) });
      log(`fairness: ${JSON.stringify(measured.at(-1))}`);
    }
    return section(measured);
  } finally {
    await attacker.end();
    await arena.end();
  }
}

async function measure({ arena, attacker, url, seconds, kind }) {
  const [victim, portfolio] = [1, idOf('P', 2)];
  const scope = 'portfolios:read';
  const mine = await attacker.ask('token', { subject: idOf('U', victim), scope });
  const authorization = await attacker.ask('token', { subject: idOf('U', 2), scope });
  const load = {
    url,
    clients: CLIENTS,
    bodies: [JSON.stringify({ query: QUERY, variables: { id: idOf('P', victim) } })],
    authorizations: [mine],
  };
  await arena.load.ask('run', { ...load, seconds: seconds / 4 });
  const before = await arena.load.ask('run', { ...load, seconds });
  await attacker.ask('attack', { kind, url, authorization, portfolio });
  // Its preparations take effect.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const during = await arena.load.ask('run', { ...load, seconds });
  const answers = await attacker.ask('stop');
  if (before.wrong !== undefined) throw new Error(before.wrong);
  return { before, during, answers, refused: during.wrong, slower: during.p50 / before.p50 };
}

/** `200 (12 times), 429 (90 times)`: what the other one's requests became. */
const counted = (answers) =>
  Object.entries(answers)
    .map(([status, count]) => `${status} (${count} times)`)
    .join(', ') || 'nothing';

function section(measured) {
  return [
    '## What one customer can do to another',
    '',
    `${CLIENTS} clients of one customer ask for a portfolio with balance and 10 transactions, upstreams answer after 20 ms; then the same`,
    'while another customer does the worst that limits allow, with the default `RATE_LIMIT_PER_MINUTE`.',
    '',
    ...table(
      [
        'the other one sends',
        'p50 before',
        'p50 meanwhile',
        '',
        'p99 meanwhile',
        'refused',
        'the other one is answered',
      ],
      measured.map(({ what, before, during, slower, refused, answers }) => [
        what,
        ms(before.p50),
        ms(during.p50),
        times(slower),
        ms(during.p99),
        refused === undefined ? 'none' : refused,
        counted(answers),
      ]),
    ),
    '',
    ...goals([
      goal(
        `p50 at most ${MOST_TIMES_SLOWER} × of before, none refused`,
        `${times(Math.max(...measured.map(({ slower }) => slower)))} at worst`,
        measured.every(({ slower, refused }) => slower <= MOST_TIMES_SLOWER && refused === undefined),
      ),
    ]),
  ].join('\n');
}
