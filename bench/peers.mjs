// The gateway beside other GraphQL servers of Node over the same stub upstreams: a tiny query, and a dashboard.
import { readFileSync } from 'node:fs';
import { count, ms } from './support/figures.mjs';
import { idOf } from './support/rest-data.mjs';
import { contest, MERCURIUS, OURS, peersInstalled, startArena, unequal } from './support/rivals.mjs';
import { goal, goals, table, times } from './support/table.mjs';

const read = (name) => readFileSync(new URL(`../test/documents/${name}.graphql`, import.meta.url), 'utf8');
const TINY = JSON.stringify({ query: '{ __typename }' });
const DASHBOARD = JSON.stringify({
  query: read('dashboard'),
  variables: { first: 20, transactions: 10 },
});
const WORLD = { portfolios: 20, transactions: 10, movements: 2, delayMs: 5 };
const CLIENTS = 64;
/** Each client asks for a portfolio of its own. */
const OWN = Array.from({ length: CLIENTS }, (_, number) =>
  JSON.stringify({ query: read('own-portfolio'), variables: { id: idOf('P', number) } }),
);

export async function peers({ smoke, log }) {
  const arena = await startArena(WORLD);
  try {
    if (!peersInstalled) log('peers: not installed (npm ci in bench/), so left out');
    const servers = [await arena.ours(), ...(await arena.peers())];
    for (const body of [TINY, DASHBOARD]) {
      for (const { name, text, wanted } of await unequal(arena, servers, body)) {
        throw new Error(`${name} answers otherwise:\n${text.slice(0, 1_000)}\ninstead of\n${wanted.slice(0, 1_000)}`);
      }
    }
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
    await arena.upstream.ask('change', { portfolios: CLIENTS });
    // Hive Gateway is left out: its REST subgraph has no portfolio by id here.
    const asked = servers.filter(({ name }) => !name.startsWith('Hive'));
    for (const { name, text, wanted } of await unequal(arena, asked, OWN[1])) {
      throw new Error(`${name} answers otherwise:\n${text.slice(0, 1_000)}\ninstead of\n${wanted.slice(0, 1_000)}`);
    }
    log("peers: each customer's own portfolio");
    const own = await contest(arena, asked, {
      rounds,
      ...(smoke ? { warmUpSeconds: 0.1, seconds: 0.3 } : { warmUpSeconds: 2, seconds: 2.5 }),
      clients: CLIENTS,
      bodies: OWN,
    });
    return section({ tiny, dashboard, own }, rounds);
  } finally {
    await arena.end();
  }
}

function section({ tiny, dashboard, own }, rounds) {
  const [ours, mercurius, apollo, hand, sharing] = [OURS, MERCURIUS, 'Apollo', 'by hand, no', 'by hand, calls'].map(
    (name) => (results) => results.find((result) => result.name.startsWith(name)),
  );
  const ratio = (of, other, results) =>
    other(results) === undefined ? undefined : of(other(results)) / of(ours(results));
  const cpu = ({ cpuUs }) => cpuUs;
  const tinyRatio = ratio(cpu, mercurius, tiny);
  const ownRatio = ratio(cpu, mercurius, own);
  const held = (value, test) => (value === undefined ? null : test(value));
  const said = (value) => (value === undefined ? '' : times(value));
  const distinct = 1 + 2 * WORLD.portfolios;
  return [
    '## Beside other servers',
    '',
    `All answer the same over the same stub upstreams (checked first), ${CLIENTS} clients, each sending the next request when the`,
    `last is answered; ${rounds} rounds of all in turn, medians. CPU is what the operating system counts for the server's process, so`,
    'that neither the clients nor the stub beside it matter; requests/s on a machine of few cores are shared with those. All sign',
    'their calls to Upvest with the same code; only the gateway checks decimals, identities, limits and who may see what.',
    '',
    '### `{ __typename }`',
    '',
    ...results(tiny, ours),
    '',
    '### Dashboard',
    '',
    `${WORLD.portfolios} portfolios with holdings and balances, ${WORLD.transactions} transactions each with ${WORLD.movements} movements: ${distinct} distinct resources, each answered`,
    `after ${WORLD.delayMs} ms. (test/documents/dashboard.graphql) A server that shares equal requests in flight executes about once what all`,
    "clients ask, and may answer with what upstreams had answered before a client asked. Sharing only calls can't do that.",
    '',
    ...results(dashboard, ours),
    '',
    "### Each customer's own portfolio",
    '',
    `Holdings, balance and ${WORLD.transactions} transactions of one portfolio; ${CLIENTS} clients, and nobody asks the same. (test/documents/own-portfolio.graphql)`,
    '',
    ...results(own, ours),
    '',
    ...goals([
      goal(
        'tiny query: CPU ≤ 1.3 × Mercurius with JIT',
        tinyRatio === undefined ? '' : times(1 / tinyRatio),
        held(tinyRatio, (value) => 1 / value <= 1.3),
      ),
      goal(
        'own portfolio: CPU ≤ 1.3 × Mercurius with JIT and loaders',
        ownRatio === undefined ? '' : times(1 / ownRatio),
        held(ownRatio, (value) => 1 / value <= 1.3),
      ),
      ...[
        ['dashboard: ≥ 2 × Mercurius with JIT and loaders', mercurius, 2],
        ['dashboard: ≥ 5 × Apollo Server with DataLoader', apollo, 5],
        ['dashboard: ≥ 0.6 × a hand-written handler without GraphQL', hand, 0.6],
        ['the same handler, calls in flight shared (no goal)', sharing, 0],
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
        'dashboard: ≤ 0.5 upstream calls per request',
        ours(dashboard).calls.toFixed(2),
        ours(dashboard).calls <= 0.5,
      ),
      goal(
        `never more than the ${distinct} distinct resources`,
        ours(dashboard).calls.toFixed(2),
        ours(dashboard).calls <= distinct,
      ),
    ]),
  ].join('\n');
}

function results(all, ours) {
  const mine = ours(all).cpuUs;
  return table(
    [
      '',
      'CPU per request',
      'to ours',
      'requests/s',
      'p50',
      'p99',
      'memory',
      'upstream calls per request',
      'load generator busy',
    ],
    all.map((each) =>
      each.wrong !== undefined
        ? [each.name, `invalid: ${each.wrong.slice(0, 80)}`, '', '', '', '', '', '', '']
        : [
            each.name,
            `${count(each.cpuUs)} µs`,
            times(each.cpuUs / mine),
            count(each.perSecond),
            ms(each.p50),
            ms(each.p99),
            `${count(each.bytes / 2 ** 20)} MiB`,
            each.calls.toFixed(2),
            `${(each.busy * 100).toFixed(0)} %`,
          ],
    ),
  );
}
