// What a second and a third gateway on one PostgreSQL bring, on whatever cores there are: accepted deposits and dashboards.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { cpuSeconds } from './support/cpu.mjs';
import { count, ms } from './support/figures.mjs';
import { startPostgres } from './support/postgres.mjs';
import { freePort } from './support/processes.mjs';
import { startGateway, startStandins } from './support/program.mjs';

const DEPOSIT = `mutation ($input: RegisterDepositInput!) {
  registerDeposit(input: $input) { __typename ... on Error { message } }
}`;
const DASHBOARD = readFileSync(new URL('../test/documents/dashboard.graphql', import.meta.url), 'utf8')
  .replace('$first: Int!', '$first: Int!, $after: String')
  .replace('(first: $first)', '(first: $first, after: $after)');
const PAGE = 'query ($after: String) { portfolios(first: 20, after: $after) { pageInfo { endCursor hasNextPage } } }';
const PORTFOLIOS =
  '{ portfolios(first: 20) { edges { node { id baseCurrency status moneyType archived brokerageAccount { accountGroupId } } } } }';
const CLIENTS = 15;
const SIZES = [1, 2, 3];
/** No lower than this with a gateway more: what is asked of two cores. */
const WORST = 0.9;

export async function cluster({ smoke, log }) {
  const postgres = await startPostgres();
  if (postgres === undefined) return '## Several gateways\n\nPostgreSQL is not on this machine.';
  const seconds = smoke ? 0.2 : 2;
  const rounds = smoke ? 1 : 3;
  const standins = await startStandins('http://127.0.0.1:1/webhooks/upvest');
  // The broker out of reach: deposits are taken on and wait. Dashboards ask the real stand-in, without its rate.
  const away = { ...standins.settings, UPVEST_URL: 'http://127.0.0.1:1' };
  const near = { ...standins.settings, UPVEST_REQUESTS_PER_SECOND: '100000' };
  const compare = (settings, load) => compareSizes({ postgres, settings, load, seconds, rounds, smoke, log });
  try {
    const deposits = await compare(away, depositing);
    const own = await compare(near, lookingAtTheirOwn);
    const same = await compare(near, lookingAtTheSame);
    return section({ deposits, own, same, seconds, rounds });
  } finally {
    await standins.end('SIGTERM');
    await postgres.end();
  }
}

/** One cluster at a time, each size in turn and again, so that what else the machine does hits all alike. */
async function compareSizes({ postgres, settings, load, seconds, rounds, smoke, log }) {
  const figures = SIZES.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    const order = [...SIZES.keys()];
    if (round % 2 === 1) order.reverse();
    for (const index of order) {
      const cluster = await startCluster(SIZES[index], { ...settings, DATABASE_URL: await postgres.createDatabase() });
      try {
        await warm(cluster, load, smoke);
        const pids = [postgres.pid, ...cluster.pids];
        const before = cpuSeconds(pids);
        const perSecond = await load(cluster, seconds);
        figures[index].push({ perSecond, cpuMs: ((cpuSeconds(pids) - before) * 1000) / (perSecond * seconds) });
      } finally {
        await cluster.end();
      }
    }
    const told = figures.map((each) => count(each.at(-1).perSecond)).join(', ');
    log(`cluster: ${load.name}, round ${round + 1} of ${rounds}: ${told} a second`);
  }
  return figures.map((each) => ({
    perSecond: median(each.map(({ perSecond }) => perSecond)),
    cpuMs: median(each.map(({ cpuMs }) => cpuMs)),
  }));
}

/** What each gateway has to have done before it is measured: a process that is new is slow, and three are slower to warm. */
const WARM = { depositing: 400, lookingAtTheirOwn: 15, lookingAtTheSame: 50 };
const WARM_SECONDS = 20;

async function warm(cluster, load, smoke) {
  const wanted = smoke ? 1 : WARM[load.name] * cluster.pools.length;
  const end = performance.now() + WARM_SECONDS * 1000;
  for (let done = 0; done < wanted && performance.now() < end; ) done += 0.5 * (await load(cluster, 0.5));
}

async function startCluster(size, settings) {
  const gateways = [];
  for (let index = 0; index < size; index += 1) {
    const port = await freePort();
    const program = await startGateway(port, settings);
    gateways.push({ program, pool: new Pool(`http://127.0.0.1:${port}`, { connections: CLIENTS, pipelining: 1 }) });
  }
  return {
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
async function spread({ pools }, seconds, work) {
  const end = performance.now() + seconds * 1000;
  const startedAt = performance.now();
  let done = 0;
  const client = async (index) => {
    for (let turn = index; performance.now() < end; turn += CLIENTS) {
      await work(pools[index % pools.length], turn);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
  return done / ((performance.now() - startedAt) / 1000);
}

async function depositing(cluster, seconds) {
  cluster.portfolios ??= (await ask(cluster.pools[0], PORTFOLIOS)).portfolios.edges
    .map(({ node }) => node)
    .filter(
      (node) =>
        node.status === 'ACTIVE' && !node.archived && node.moneyType === 'REAL_MONEY' && node.brokerageAccount !== null,
    );
  const { portfolios } = cluster;
  return await spread(cluster, seconds, async (pool, turn) => {
    const { id: portfolioId, baseCurrency: currency } = portfolios[turn % portfolios.length];
    const input = { portfolioId, currency, amount: '10.00', idempotencyKey: randomUUID() };
    const { registerDeposit } = await ask(pool, DEPOSIT, { input });
    if (registerDeposit?.__typename !== 'RegisterDepositSuccess')
      throw new Error(`not accepted: ${JSON.stringify(registerDeposit)}`);
  });
}

/** Each client has portfolios of its own, as customers do. */
async function lookingAtTheirOwn(cluster, seconds) {
  cluster.pages ??= await pagesOf(cluster.pools[0]);
  return await look(cluster, seconds, (client) => cluster.pages[client % cluster.pages.length]);
}

/** All look at the same ones at the same time: one gateway asks the upstreams once for all of them. */
const lookingAtTheSame = async (cluster, seconds) => await look(cluster, seconds, () => null);

const look = async (cluster, seconds, pageOf) =>
  await spread(cluster, seconds, async (pool, turn) => {
    const { portfolios } = await ask(pool, DASHBOARD, { first: 20, transactions: 10, after: pageOf(turn % CLIENTS) });
    if (portfolios.edges.length !== 20) throw new Error('not the whole dashboard');
  });

async function pagesOf(pool) {
  const pages = [null];
  while (pages.length < CLIENTS) {
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

function median(values) {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)];
}

function section({ deposits, own, same, seconds, rounds }) {
  const row = (name, cell) => `| ${name} | ${SIZES.map((_, index) => cell(index)).join(' | ')} |`;
  const of = (figures) => (index) => `**${count(figures[index].perSecond)}**`;
  const ratio = (figures) => (index) => `${(figures[index].perSecond / figures[0].perSecond).toFixed(2)}`;
  // Elsewhere than on Linux it is not known.
  const cpu = (figures) => (index) => (Number.isNaN(figures[index].cpuMs) ? '' : ms(figures[index].cpuMs));
  const worst = Math.min(
    ...[deposits, own].flatMap((figures) => figures.map(({ perSecond }) => perSecond / figures[0].perSecond)),
  );
  return [
    '## Several gateways',
    '',
    `One PostgreSQL, ${CLIENTS} clients spread over the gateways, stand-ins, database and clients on the same machine; medians of`,
    `${rounds} rounds of ${seconds} s in which the sizes take turns. Deposits are taken on with the broker out of reach; a dashboard`,
    'has 20 portfolios with balances and 10 transactions each.',
    '',
    row('gateways', (index) => String(SIZES[index])),
    row('---', () => '---:'),
    row('**accepted deposits a second**', of(deposits)),
    row('to one gateway', ratio(deposits)),
    row('CPU of gateways and database for one', cpu(deposits)),
    row('**dashboards a second**, each client its own', of(own)),
    row('to one gateway', ratio(own)),
    row('CPU of gateways and database for one', cpu(own)),
    row('dashboards a second, all clients the same', of(same)),
    row('to one gateway', ratio(same)),
    '',
    worst >= WORST
      ? 'More gateways bring more where there are cores for them, and cost no more than a tenth where there are none.'
      : `**Worse than promised**: a gateway more costs ${Math.round((1 - worst) * 100)} %.`,
    '',
    'The last one is what sharing is worth: one gateway asks the upstreams once for all who look at the same thing at the same',
    'time, three ask three times. It is no case of customers; where many look at the same, have the balancer send a caller to',
    'the same gateway.',
  ].join('\n');
}
