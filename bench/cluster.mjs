// The gain of a second and a third gateway on one PostgreSQL, on whatever cores there are: accepted deposits and dashboards.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { cpuSeconds } from './support/cpu.mjs';
import { count, ms } from './support/figures.mjs';
import { startPostgres } from './support/postgres.mjs';
import { freePort } from './support/processes.mjs';
import { startGateway, startStandins } from './support/program.mjs';
import { goal, goals, median, times } from './support/table.mjs';

const DEPOSIT = `mutation ($input: RegisterDepositInput!) {
  registerDeposit(input: $input) { __typename ... on Error { message } }
}`;
const DASHBOARD = readFileSync(new URL('../test/documents/dashboard.graphql', import.meta.url), 'utf8')
  .replace('$first: Int!', '$first: Int!, $after: String')
  .replace('(first: $first)', '(first: $first, after: $after)');
const PAGE = 'query ($after: String) { portfolios(first: 20, after: $after) { pageInfo { endCursor hasNextPage } } }';
const PORTFOLIOS =
  '{ portfolios(first: 20) { edges { node { id baseCurrency status moneyType archived brokerageAccount { accountGroupId } } } } }';
/**
 * The last one is the measure of the machine: three gateways that have nothing to do with each other. What they lose to one is
 * lost to cores that three processes share; what gateways on one database lose beyond that, they lose to each other.
 */
const FLEETS = [{ size: 1 }, { size: 2 }, { size: 3 }, { size: 3, apart: true }];
/** No lower than this with a gateway more. */
const WORST = 0.9;
/**
 * How many clients, and what each gateway has done before it is measured. A process gets faster for its first thousand requests,
 * and where cores are few three gateways take three times as long for them: sooner, young processes would be compared.
 */
const LOADS = new Map([
  [depositing, { clients: 63, warm: 1_000 }],
  [lookingAtTheirOwn, { clients: 15, warm: 30 }],
]);
const WARM_SECONDS = 15;

export async function cluster({ smoke, log }) {
  const postgres = await startPostgres();
  if (postgres === undefined) return '## Several gateways\n\nPostgreSQL is not on this machine.';
  const seconds = smoke ? 0.2 : 1.5;
  const rounds = smoke ? 1 : 3;
  const standins = await startStandins('http://127.0.0.1:1/webhooks/upvest');
  // The broker out of reach: deposits are taken on and wait. Dashboards ask the real stand-in, without its rate.
  const away = { ...standins.settings, UPVEST_URL: 'http://127.0.0.1:1' };
  const near = { ...standins.settings, UPVEST_REQUESTS_PER_SECOND: '100000' };
  const compare = (settings, load) => compareFleets({ postgres, settings, load, seconds, rounds, smoke, log });
  try {
    const deposits = await compare(away, depositing);
    const own = await compare(near, lookingAtTheirOwn);
    return smoke ? '## Several gateways\n\nThey work.' : section({ deposits, own, seconds, rounds });
  } finally {
    await standins.end('SIGTERM');
    await postgres.end();
  }
}

/** One fleet at a time, on new databases. */
async function compareFleets({ postgres, settings, load, seconds, rounds, smoke, log }) {
  const { clients, warm: each } = LOADS.get(load);
  const figures = [];
  for (const { size, apart = false } of smoke ? FLEETS.slice(1, 2) : FLEETS) {
    const together = await postgres.createDatabase();
    const databases = [];
    for (let index = 0; index < size; index += 1) databases.push(apart ? await postgres.createDatabase() : together);
    const fleet = await startFleet(databases, settings, clients);
    try {
      await warm(fleet, smoke ? 1 : each * size, load);
      const runs = [];
      for (let round = 0; round < rounds; round += 1) runs.push(await measure(fleet, [postgres.pid], load, seconds));
      figures.push({
        perSecond: median(runs.map((run) => run.perSecond)),
        cpuMs: median(runs.map((run) => run.cpuMs)),
      });
    } finally {
      await fleet.end();
    }
    log(`cluster: ${load.name}, ${size}${apart ? ' apart' : ''}: ${count(figures.at(-1).perSecond)} a second`);
  }
  return figures;
}

async function measure(fleet, alsoPids, load, seconds) {
  const pids = [...alsoPids, ...fleet.pids];
  const before = cpuSeconds(pids);
  const perSecond = await load(fleet, seconds);
  return { perSecond, cpuMs: ((cpuSeconds(pids) - before) * 1000) / (perSecond * seconds) };
}

async function warm(fleet, wanted, load) {
  const end = performance.now() + WARM_SECONDS * 1000;
  for (let done = 0; done < wanted && performance.now() < end; ) done += 0.5 * (await load(fleet, 0.5));
}

async function startFleet(databases, settings, clients) {
  const gateways = [];
  for (const url of databases) {
    const port = await freePort();
    const program = await startGateway(port, { ...settings, DATABASE_URL: url });
    gateways.push({ program, pool: new Pool(`http://127.0.0.1:${port}`, { connections: clients, pipelining: 1 }) });
  }
  return {
    clients,
    pools: gateways.map(({ pool }) => pool),
    pids: gateways.map(({ program }) => program.child.pid),
    async end() {
      for (const { program, pool } of gateways) {
        await pool.destroy();
        await program.end('SIGKILL');
      }
    },
  };
}

/** Clients are spread over the gateways, as a balancer would; it would only cost the same for all sizes. */
async function spread({ clients, pools }, seconds, work) {
  const end = performance.now() + seconds * 1000;
  const startedAt = performance.now();
  let done = 0;
  const client = async (index) => {
    for (let turn = index; performance.now() < end; turn += clients) {
      await work(pools[index % pools.length], turn);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return done / ((performance.now() - startedAt) / 1000);
}

async function depositing(fleet, seconds) {
  fleet.portfolios ??= (await ask(fleet.pools[0], PORTFOLIOS)).portfolios.edges
    .map(({ node }) => node)
    .filter(
      (node) =>
        node.status === 'ACTIVE' && !node.archived && node.moneyType === 'REAL_MONEY' && node.brokerageAccount !== null,
    );
  const { portfolios } = fleet;
  return await spread(fleet, seconds, async (pool, turn) => {
    const { id: portfolioId, baseCurrency: currency } = portfolios[turn % portfolios.length];
    const input = { portfolioId, currency, amount: '10.00', idempotencyKey: randomUUID() };
    const { registerDeposit } = await ask(pool, DEPOSIT, { input });
    if (registerDeposit?.__typename !== 'RegisterDepositSuccess')
      throw new Error(`not accepted: ${JSON.stringify(registerDeposit)}`);
  });
}

/** Each client has portfolios of its own, as customers do. */
async function lookingAtTheirOwn(fleet, seconds) {
  fleet.pages ??= await pagesOf(fleet.pools[0], fleet.clients);
  return await look(fleet, seconds, (client) => fleet.pages[client % fleet.pages.length]);
}

const look = async (fleet, seconds, pageOf) =>
  await spread(fleet, seconds, async (pool, turn) => {
    const { portfolios } = await ask(pool, DASHBOARD, {
      first: 20,
      transactions: 10,
      after: pageOf(turn % fleet.clients),
    });
    if (portfolios.edges.length !== 20) throw new Error('not the whole dashboard');
  });

async function pagesOf(pool, wanted) {
  const pages = [null];
  while (pages.length < wanted) {
    const { pageInfo } = (await ask(pool, PAGE, { after: pages.at(-1) })).portfolios;
    if (!pageInfo.hasNextPage) return pages;
    pages.push(pageInfo.endCursor);
  }
  return pages;
}

async function ask(pool, document, variables) {
  const { body } = await pool.request({
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: document, variables }),
  });
  const { data, errors } = await body.json();
  if (errors !== undefined) throw new Error(JSON.stringify(errors).slice(0, 300));
  return data;
}

function section({ deposits, own, seconds, rounds }) {
  const row = (name, cell) => `| ${name} | ${FLEETS.map((_, index) => cell(index)).join(' | ')} |`;
  const of = (figures) => (index) => `**${count(figures[index].perSecond)}**`;
  const ratioOf = (figures, index) => figures[index].perSecond / figures[0].perSecond;
  const ratio = (figures) => (index) => ratioOf(figures, index).toFixed(2);
  // Elsewhere than on Linux it is not known.
  const cpu = (figures) => (index) => (Number.isNaN(figures[index].cpuMs) ? '' : ms(figures[index].cpuMs));
  const worst = (figures) => Math.min(ratioOf(figures, 1), ratioOf(figures, 2));
  const apart = FLEETS.findIndex((fleet) => fleet.apart);
  const verdicts = (what, figures) => [
    goal(`${what}: a gateway more costs no more than a tenth`, times(worst(figures)), worst(figures) >= WORST),
    goal(
      `${what}: three reach what three apart reach, less a tenth`,
      times(figures[2].perSecond / figures[apart].perSecond),
      figures[2].perSecond >= WORST * figures[apart].perSecond,
    ),
  ];
  return [
    '## Several gateways',
    '',
    'One PostgreSQL, clients spread over the gateways; database, stand-ins and clients are on the same machine. Medians of',
    `${rounds} times ${seconds} s, after each gateway has done so much of it that it hardly gets faster. Deposits (${LOADS.get(depositing).clients} clients) are taken`,
    `on with the broker out of reach; a dashboard (${LOADS.get(lookingAtTheirOwn).clients} clients, each its own) has 20 portfolios with balances and 10 transactions each. *Apart*:`,
    'three gateways with a database each, that know nothing of each other. What those lose to one is what it costs this machine to',
    'run three processes instead of one; it is about the most that any three can do on it.',
    '',
    row('gateways', (index) => `${FLEETS[index].size}${FLEETS[index].apart ? ' apart' : ''}`),
    row('---', () => '---:'),
    row('**accepted deposits a second**', of(deposits)),
    row('to one gateway', ratio(deposits)),
    row('CPU of gateways and database for one', cpu(deposits)),
    row('**dashboards a second**', of(own)),
    row('to one gateway', ratio(own)),
    row('CPU of gateways and database for one', cpu(own)),
    '',
    ...goals([...verdicts('accepted deposits', deposits), ...verdicts('dashboards', own)]),
  ].join('\n');
}
