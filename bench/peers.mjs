// The gateway beside other GraphQL servers of Node over the same stub upstreams: a tiny query, and a dashboard.
import { readFileSync } from 'node:fs';
import { contest, MERCURIUS, mustAgree, OURS, peersInstalled, standings, startArena } from './support/rivals.mjs';
import { goal, goals, times } from './support/table.mjs';

const read = (name) => readFileSync(new URL(`../test/documents/${name}.graphql`, import.meta.url), 'utf8');
const TINY = JSON.stringify({ query: '{ __typename }' });
const DASHBOARD = JSON.stringify({
  query: read('dashboard'),
  variables: { first: 20, transactions: 10 },
});
const WORLD = { portfolios: 20, transactions: 10, movements: 2, delayMs: 5 };
const CLIENTS = 64;

export async function peers({ smoke, log, before }) {
  const arena = await startArena(WORLD);
  try {
    if (!peersInstalled) log('peers: not installed (npm ci in bench/), so left out');
    const old = before === undefined ? [] : [await arena.ours({}, before)];
    const servers = [await arena.ours(), ...old, ...(await arena.peers())];
    for (const body of [TINY, DASHBOARD]) await mustAgree(arena, servers, body);
    const rounds = smoke ? 1 : 3;
    log('peers: the tiny query');
    const tiny = await contest(arena, servers, {
      rounds,
      ...(smoke ? { warmUpSeconds: 0.1, seconds: 0.2 } : { warmUpSeconds: 1, seconds: 1.5 }),
      clients: CLIENTS,
      bodies: [TINY],
    });
    log('peers: the dashboard');
    const dashboard = await contest(arena, servers, {
      rounds,
      ...(smoke ? { warmUpSeconds: 0.1, seconds: 0.3 } : { warmUpSeconds: 2, seconds: 2.5 }),
      clients: CLIENTS,
      bodies: [DASHBOARD],
    });
    return section({ tiny, dashboard }, rounds);
  } finally {
    await arena.end();
  }
}

function section({ tiny, dashboard }, rounds) {
  const [ours, mercurius, apollo, sharing] = [OURS, MERCURIUS, 'Apollo', 'by hand, calls'].map(
    (name) => (results) => results.find((result) => result.name.startsWith(name)),
  );
  const ratio = (of, other, results) =>
    other(results) === undefined ? undefined : of(other(results)) / of(ours(results));
  const cpu = ({ cpuUs }) => cpuUs;
  const tinyRatio = ratio(cpu, mercurius, tiny);
  const held = (value, test) => (value === undefined ? null : test(value));
  const said = (value) => (value === undefined ? '' : times(value));
  const distinct = 1 + 2 * WORLD.portfolios;
  return [
    '## Beside other servers',
    '',
    `All answer the same over the same stub upstreams (checked first), ${CLIENTS} clients, each sending the next request when the`,
    `last is answered; medians of all in turn, rounds: ${rounds}. CPU is what the operating system counts for the server's process, so`,
    'that neither the clients nor the stub beside it matter; requests/s on a machine of few cores are shared with those. All sign',
    'their calls to Upvest with the same code; only the gateway checks decimals, identities, limits and who may see what.',
    '',
    '### `{ __typename }`',
    '',
    ...standings(tiny),
    '',
    '### Dashboard, all the same',
    '',
    `${WORLD.portfolios} portfolios with holdings and balances, ${WORLD.transactions} transactions each with ${WORLD.movements} movements: ${distinct} distinct resources, each answered`,
    `after ${WORLD.delayMs} ms. (test/documents/dashboard.graphql) All clients ask the same here, so these ratios rest on the sharing of`,
    `calls; see above for customers that each ask for their own. A server that shares equal requests in flight executes about once what all`,
    "clients ask, and may answer with what upstreams had answered before a client asked. Sharing only calls can't do that.",
    '',
    ...standings(dashboard),
    '',
    ...goals([
      goal(
        'tiny query: CPU ≤ 1.5 × Mercurius with JIT',
        tinyRatio === undefined ? '' : times(1 / tinyRatio),
        held(tinyRatio, (value) => 1 / value <= 1.5),
      ),
      ...[
        ['dashboard, all the same: ≥ 3 × Mercurius with JIT and loaders', mercurius, 3],
        ['dashboard, all the same: ≥ 6 × Apollo Server with DataLoader', apollo, 6],
        ['dashboard, all the same: ≥ 0.85 × a hand-written handler that shares calls', sharing, 0.85],
      ].map(([what, other, wanted]) => {
        const byCpu = ratio(cpu, other, dashboard);
        const bySpeed = ratio(({ perSecond }) => 1 / perSecond, other, dashboard);
        const figures = byCpu === undefined ? '' : `${said(byCpu)} by CPU, ${said(bySpeed)} by requests/s`;
        return goal(
          what,
          figures,
          held(byCpu, (value) => value >= wanted),
        );
      }),
      goal(
        `never more than the ${distinct} distinct resources`,
        ours(dashboard).calls.toFixed(2),
        ours(dashboard).calls <= distinct,
      ),
    ]),
  ].join('\n');
}
