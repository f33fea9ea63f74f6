// The load of customers: each asks for their own portfolios with their token, and few ask for the same at the same moment.
import { readFileSync } from 'node:fs';
import { idOf } from './support/rest-data.mjs';
import {
  BEFORE,
  contest,
  MERCURIUS,
  MERCURIUS_CHECKING,
  mustAgree,
  OURS,
  PEERS,
  peersInstalled,
  standings,
  startArena,
} from './support/rivals.mjs';
import { goal, goals, row, times } from './support/table.mjs';
import { startIssuer } from './support/tokens.mjs';

const read = (name) => readFileSync(new URL(`../test/documents/${name}.graphql`, import.meta.url), 'utf8');
const OWN = read('own-portfolio');
const DASHBOARD = read('dashboard')
  .replace('($first: Int!', '($owner: ID!, $first: Int!')
  .replace('portfolios(first: $first)', 'portfolios(first: $first, filter: { ownerId: $owner })');
const WORLD = { portfolios: 1_000, transactions: 10, movements: 2, delayMs: 5, each: 1 };
const DASHBOARDS = { ...WORLD, portfolios: 64 * 20, each: 20 };

const ownPortfolio = (number) => JSON.stringify({ query: OWN, variables: { id: idOf('P', number) } });
const ownDashboard = (owner) =>
  JSON.stringify({ query: DASHBOARD, variables: { owner: idOf('U', owner), first: 20, transactions: 10 } });
const numbers = (length) => Array.from({ length }, (_, at) => at);

/** `asked`: the customers in the order in which they come, and what they ask. */
const LOADS = [
  ...[64, 256].map((clients) => ({
    name: `own portfolio, ${clients} clients`,
    told: 'Holdings, balance and 10 transactions of one portfolio (test/documents/own-portfolio.graphql): three upstream calls. 1,000 customers with a portfolio each; nobody asks the same.',
    clients,
    world: WORLD,
    asked: numbers(WORLD.portfolios).map((customer) => [customer, ownPortfolio(customer)]),
    goals: { cpu: 1.3, p99: 1.5 },
  })),
  {
    name: 'own dashboard, 64 clients',
    told: '64 customers with 20 portfolios each: all of them with holdings, balances and 10 transactions, 41 upstream calls. Nobody asks the same.',
    clients: 64,
    world: DASHBOARDS,
    asked: numbers(64).map((customer) => [customer, ownDashboard(customer)]),
    goals: { cpu: 1 },
  },
  {
    name: "by Zipf's law, 64 clients",
    told: '1,000 customers, the n-th of whom comes n times less often than the first. Nine of ten ask for their portfolio as above, one for their list of portfolios. So some ask the same at the same time, and what sharing saves is in these figures.',
    clients: 64,
    world: WORLD,
    asked: byZipf(2_000, WORLD.portfolios).map((customer, at) => [
      customer,
      at % 10 === 0 ? ownDashboard(customer) : ownPortfolio(customer),
    ]),
    goals: {},
  },
];

/** Draws by Zipf's law (probability as one over the rank), the same each time. */
function byZipf(draws, of) {
  const sums = [];
  for (let rank = 1; rank <= of; rank += 1) sums.push((sums.at(-1) ?? 0) + 1 / rank);
  let state = 1;
  return numbers(draws).map(() => {
    // Park and Miller's generator.
    state = (state * 48_271) % 2_147_483_647;
    const wanted = (state / 2_147_483_647) * sums.at(-1);
    return sums.findIndex((sum) => sum > wanted);
  });
}

export async function customers({ smoke, log, only, servers: wanted, before }) {
  const arena = await startArena(WORLD);
  const issuer = await startIssuer();
  try {
    if (!peersInstalled) log('customers: peers are not installed (npm ci in bench/), so left out');
    // Hive Gateway is left out: its REST subgraph has no portfolio by id here. The other peers are looked at by `peers`, in short.
    const peers = PEERS.filter(({ file }) => file !== 'hive' && (!smoke || file === 'mercurius'));
    const asked = [...peers, ...(smoke ? [] : [{ ...MERCURIUS_CHECKING, settings: issuer.settings }])];
    const chosen = ({ name }) => wanted === undefined || wanted.some((text) => name.includes(text));
    const settings = { ...issuer.settings, RATE_LIMIT_PER_MINUTE: '1000000' };
    const servers = [
      await arena.ours(settings),
      ...(before === undefined ? [] : [await arena.ours(settings, before)]),
      ...(await arena.peers(asked.filter(chosen))),
    ];
    const rounds = smoke ? 1 : 3;
    const measured = [];
    for (const load of LOADS.filter(({ name, clients }) =>
      only === undefined ? !smoke || clients === 64 : name.includes(only),
    )) {
      log(`customers: ${load.name}`);
      measured.push({ ...load, results: await measure({ arena, issuer, servers, load, rounds, smoke }) });
    }
    return section(measured, rounds);
  } finally {
    await Promise.all([arena.end(), issuer.end()]);
  }
}

async function measure({ arena, issuer, servers, load, rounds, smoke }) {
  await arena.upstream.ask('change', load.world);
  const tokens = await Promise.all(
    numbers(load.world.portfolios / load.world.each).map((customer) => issuer.authorization(idOf('U', customer))),
  );
  const bodies = load.asked.map(([, body]) => body);
  const authorizations = load.asked.map(([customer]) => tokens[customer]);
  await mustAgree(arena, servers, bodies[1], authorizations[1]);
  const seconds = smoke ? { warmUpSeconds: 0.05, seconds: 0.1 } : { warmUpSeconds: 2, seconds: 3 };
  return await contest(arena, servers, { rounds, ...seconds, clients: load.clients, bodies, authorizations });
}

function section(measured, rounds) {
  return [
    '## Each customer at their own',
    '',
    'All answer the same over the same stub upstreams (checked first), which take 5 ms. Each client sends the next request when the',
    `last is answered; medians of all in turn, rounds: ${rounds}. CPU is what the operating system counts for the server's process. Each`,
    'request has the token (ES256) of its customer: the gateway checks it, and shows nobody what is not theirs. The peers do not look at',
    'it, but for the row that says so. All sign their calls to Upvest with the same code; only the gateway reads decimals as they are',
    'written, and checks rows and limits.',
    ...measured.flatMap(({ name, told, results }) => ['', `### ${name}`, '', told, '', ...standings(results)]),
    '',
    ...goals(measured.flatMap(goalsOf)),
  ].join('\n');
}

function goalsOf({ name, results, goals: wanted }) {
  const [ours, mercurius, checking, old] = [OURS, MERCURIUS, MERCURIUS_CHECKING.name, BEFORE].map((begin) =>
    results.find((each) => each.name.startsWith(begin)),
  );
  const compared = (what, figure, other, most) => {
    if (other === undefined) return [];
    const factor = ours[figure] / other[figure];
    return most === undefined
      ? [row(`${name}: ${what} (no goal)`, times(factor), '')]
      : [goal(`${name}: ${what} ≤ ${most} ×`, times(factor), factor <= most)];
  };
  return [
    ...compared('CPU to Mercurius', 'cpuUs', mercurius, wanted.cpu),
    ...compared('p99 to Mercurius', 'p99', mercurius, wanted.p99),
    ...compared('CPU to Mercurius that checks tokens and owners', 'cpuUs', checking),
    ...compared('CPU to the commit before', 'cpuUs', old),
  ];
}
