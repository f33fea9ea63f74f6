// Accepted deposits a second, through HTTP, on both stores; and that what was accepted is on disk.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { Pool } from 'undici';
import { count, measureFsync, ms, percentile, sorted } from './support/figures.mjs';
import { usageOf } from './support/live-process.mjs';
import { query, startPostgres } from './support/postgres.mjs';
import { freePort } from './support/processes.mjs';
import { startGateway, startStandins } from './support/program.mjs';

const MUTATION = `mutation ($input: RegisterDepositInput!) {
  registerDeposit(input: $input) { __typename ... on RegisterDepositSuccess { deposit { id } } ... on Error { message } }
}`;
const PORTFOLIOS =
  '{ portfolios(first: 100) { edges { node { id status archived moneyType baseCurrency brokerageAccount { accountGroupId } } } } }';
const CLIENTS = [1, 64];

/** With the broker out of reach deposits wait in REQUESTED: what is measured is taking them on, and nothing else. */
const WAYS = ['taking on', 'carrying out'];

export async function deposits({ smoke, log }) {
  const seconds = smoke ? 0.2 : 4;
  const ways = smoke ? WAYS.slice(-1) : WAYS;
  const columns = [];
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  try {
    log('deposits: embedded');
    columns.push(await measureStore(embeddedIn(folder), ways, seconds));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const postgres = await startPostgres();
  if (postgres === undefined) log('deposits: PostgreSQL is not on this machine and is left out');
  else {
    try {
      log('deposits: PostgreSQL');
      columns.push(await measureStore(on(postgres), ways, seconds));
    } finally {
      await postgres.end();
    }
  }
  return section(columns, ways, seconds);
}

async function measureStore({ title, folder, fresh }, ways, seconds) {
  const fsync = measureFsync(folder, 200);
  const measured = [];
  for (const way of ways) measured.push(await measure(way, await fresh(), seconds));
  const total = (name) => measured.reduce((sum, each) => sum + each[name], 0);
  return { title, fsync, measured, accepted: total('accepted'), kept: total('kept') };
}

/** A gateway on a new database under load, killed with SIGKILL at the end of it, and its rows counted. */
async function measure(way, { settings, found }, seconds) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const standins = await startStandins(`${url}/webhooks/upvest`);
  const upstreams =
    way === 'taking on' ? { ...standins.settings, UPVEST_URL: 'http://127.0.0.1:1' } : standins.settings;
  const gateway = await startGateway(port, { ...upstreams, ...settings });
  const pool = new Pool(url, { connections: Math.max(...CLIENTS), pipelining: 1 });
  try {
    const portfolios = await fundable(pool);
    await load(pool, portfolios, { clients: 8, seconds: Math.min(0.5, seconds) });
    const runs = [];
    for (const clients of CLIENTS) {
      const before = usageOf(gateway.child.pid).cpuMs;
      const run = await load(pool, portfolios, { clients, seconds });
      runs.push({ ...run, cpuMs: (usageOf(gateway.child.pid).cpuMs - before) / run.ids.length });
    }
    const accepted = runs.flatMap((run) => run.ids);
    await gateway.end('SIGKILL');
    return { runs, accepted: accepted.length, kept: await found(accepted) };
  } finally {
    await pool.destroy();
    await gateway.end('SIGKILL');
    await standins.end('SIGTERM');
  }
}

const embeddedIn = (folder) => ({
  title: 'embedded (SQLite)',
  folder,
  fresh: async () => {
    const dataDir = mkdtempSync(join(folder, 'data-'));
    return { settings: { DATA_DIR: dataDir }, found: inSqlite(dataDir) };
  },
});

const on = (postgres) => ({
  title: `PostgreSQL ${postgres.version}`,
  folder: postgres.folder,
  fresh: async () => {
    const url = await postgres.createDatabase();
    return { settings: { DATABASE_URL: url }, found: inPostgres(url) };
  },
});

async function ask(pool, document, variables) {
  const { statusCode, body } = await pool.request({
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: document, variables }),
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`answered ${statusCode}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

async function fundable(pool) {
  const { data } = await ask(pool, PORTFOLIOS);
  return data.portfolios.edges
    .map(({ node }) => node)
    .filter(
      (node) =>
        node.status === 'ACTIVE' && !node.archived && node.moneyType === 'REAL_MONEY' && node.brokerageAccount !== null,
    );
}

/** Closed-loop clients, each sending the next deposit when the last is accepted. */
async function load(pool, portfolios, { clients, seconds }) {
  const ids = [];
  const latencies = [];
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  const client = async (offset) => {
    for (let turn = offset; performance.now() < end; turn += clients) {
      const { id: portfolioId, baseCurrency: currency } = portfolios[turn % portfolios.length];
      const input = { portfolioId, currency, amount: '10.00', idempotencyKey: randomUUID() };
      const sentAt = performance.now();
      const answer = await ask(pool, MUTATION, { input });
      const result = answer.data?.registerDeposit;
      if (result?.__typename !== 'RegisterDepositSuccess') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
      latencies.push(performance.now() - sentAt);
      ids.push(result.deposit.id);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return { ids, perSecond: ids.length / ((performance.now() - startedAt) / 1000), latencies: sorted(latencies) };
}

/** How many of these ids are in the embedded database, whose gateway is dead. */
const inSqlite = (dataDir) => async (ids) => {
  const database = new Libsql(join(dataDir, 'gateway.db'));
  const known = new Set(
    database
      .prepare('select id from workflows')
      .all()
      .map(({ id }) => id),
  );
  database.close();
  return ids.filter((id) => known.has(id)).length;
};

const inPostgres = (url) => async (ids) => {
  const { rows } = await query(url, 'select count(*)::int as count from workflows where id = any($1)', [ids]);
  return rows[0].count;
};

function section(columns, ways, seconds) {
  const row = (name, cell) => `| ${name} | ${columns.map(cell).join(' | ')} |`;
  const lines = [
    '## Accepted deposits',
    '',
    `\`registerDeposit\` over HTTP, each client sending the next when the last is accepted, ${seconds} s each, with the stand-ins,`,
    'the database and the clients on the same machine. *Taking on*: the broker is out of reach, so that deposits wait.',
    '*Carrying out*: each also goes its way meanwhile (virtual cash, signed webhook, booking) through both stand-ins.',
    '',
    row('', ({ title }) => title),
    row('---', () => '---:'),
    row('one fsync on this disk (4 KiB), median', ({ fsync }) => ms(percentile(fsync, 0.5))),
    row('one fsync, 99 %', ({ fsync }) => ms(percentile(fsync, 0.99))),
  ];
  for (const [w, way] of ways.entries()) {
    for (const [c, clients] of CLIENTS.entries()) {
      const name = `${way}, ${clients === 1 ? '1 client' : `${clients} clients`}`;
      const run = ({ measured }) => measured[w].runs[c];
      lines.push(
        row(`**${name}: accepted a second**`, (column) => `**${count(run(column).perSecond)}**`),
        row(`${name}: latency, median and 99 %`, (column) => {
          const { latencies } = run(column);
          return `${ms(percentile(latencies, 0.5))}, ${ms(percentile(latencies, 0.99))}`;
        }),
        row(`${name}: CPU of the gateway for each`, (column) => ms(run(column).cpuMs)),
      );
    }
  }
  lines.push(
    row('accepted, then `kill -9`: rows found', ({ kept, accepted }) => `${count(kept)} of ${count(accepted)}`),
    '',
    'An accepted deposit is on disk: it is answered after the commit of its row, and a commit returns after its fsync (SQLite in',
    'WAL mode with `synchronous=FULL`; PostgreSQL with its defaults `fsync=on`, `synchronous_commit=on`). The gateway is killed',
    'with SIGKILL right after the last answer, and the database is then asked for every id that was answered. Deposits that are',
    'accepted at the same time share one commit, hence one fsync.',
  );
  const lost = columns.some(({ kept, accepted }) => kept !== accepted);
  if (lost) throw new Error(`accepted deposits are missing after kill -9:\n${lines.join('\n')}`);
  return lines.join('\n');
}
