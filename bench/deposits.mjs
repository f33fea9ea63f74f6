// Accepted deposits a second, through HTTP, on both stores; and that what was accepted is on disk.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { Pool } from 'undici';
import { count, measureFsync, ms, percentile, sorted } from './support/figures.mjs';
import { query, startPostgres } from './support/postgres.mjs';
import { freePort } from './support/processes.mjs';
import { startGateway, startStandins } from './support/program.mjs';

const MUTATION = `mutation ($input: RegisterDepositInput!) {
  registerDeposit(input: $input) { __typename ... on RegisterDepositSuccess { deposit { id } } ... on Error { message } }
}`;
const PORTFOLIOS =
  '{ portfolios(first: 100) { edges { node { id status archived moneyType baseCurrency cashBalance { balance } } } } }';
const CLIENTS = [1, 64];

export async function deposits({ smoke, log }) {
  const seconds = smoke ? 0.2 : 5;
  const columns = [];
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  try {
    log('deposits: embedded');
    columns.push(
      await measure({
        title: 'embedded (SQLite)',
        settings: { DATA_DIR: dataDir },
        folder: dataDir,
        seconds,
        found: inSqlite(dataDir),
      }),
    );
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  const postgres = await startPostgres();
  if (postgres === undefined) log('deposits: PostgreSQL is not on this machine and is left out');
  else {
    try {
      log('deposits: PostgreSQL');
      const settings = { DATABASE_URL: postgres.url };
      columns.push(
        await measure({
          title: `PostgreSQL ${postgres.version}`,
          settings,
          folder: postgres.folder,
          seconds,
          found: inPostgres(postgres.url),
        }),
      );
    } finally {
      await postgres.end();
    }
  }
  return section(columns, seconds);
}

/** A gateway on one store under load, killed with SIGKILL at the end of it, and its rows counted. */
async function measure({ title, settings, folder, seconds, found }) {
  const fsync = measureFsync(folder, 200);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const standins = await startStandins(`${url}/webhooks/upvest`);
  const gateway = await startGateway(port, { ...standins.settings, ...settings });
  const pool = new Pool(url, { connections: Math.max(...CLIENTS), pipelining: 1 });
  try {
    const portfolios = await fundable(pool);
    await load(pool, portfolios, { clients: 8, seconds: Math.min(1, seconds) });
    const runs = [];
    for (const clients of CLIENTS) runs.push({ clients, ...(await load(pool, portfolios, { clients, seconds })) });
    const accepted = runs.flatMap((run) => run.ids);
    await gateway.end('SIGKILL');
    return { title, fsync, runs, accepted: accepted.length, kept: await found(accepted) };
  } finally {
    await pool.destroy();
    await gateway.end('SIGKILL');
    await standins.end('SIGTERM');
  }
}

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
        node.status === 'ACTIVE' && !node.archived && node.moneyType === 'REAL_MONEY' && node.cashBalance !== null,
    );
}

/** So many clients, each sending the next deposit when the last is accepted. */
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

function section(columns, seconds) {
  const row = (name, cell) => `| ${name} | ${columns.map(cell).join(' | ')} |`;
  const lines = [
    '## Accepted deposits',
    '',
    `\`registerDeposit\` over HTTP, each client sending the next when the last is accepted, ${seconds} s each; the gateway`,
    'carries the deposits out meanwhile (virtual cash at Upvest, webhooks, booking in InvestSuite), with the stand-ins, the',
    'database and the clients on the same machine.',
    '',
    row('', ({ title }) => title),
    row('---', () => '---:'),
    row('one fsync on this disk (4 KiB), median', ({ fsync }) => ms(percentile(fsync, 0.5))),
    row('one fsync, 99 %', ({ fsync }) => ms(percentile(fsync, 0.99))),
  ];
  for (const [index, clients] of CLIENTS.entries()) {
    const name = clients === 1 ? '1 client' : `${clients} clients`;
    lines.push(
      row(`**${name}: accepted a second**`, ({ runs }) => `**${count(runs[index].perSecond)}**`),
      row(`${name}: latency, median`, ({ runs }) => ms(percentile(runs[index].latencies, 0.5))),
      row(`${name}: latency, 99 %`, ({ runs }) => ms(percentile(runs[index].latencies, 0.99))),
    );
  }
  lines.push(
    row('accepted, then `kill -9`: rows found', ({ kept, accepted }) => `${count(kept)} of ${count(accepted)}`),
    '',
    'An accepted deposit is on disk: it is answered after the commit of its row, and a commit returns after its fsync (SQLite in',
    'WAL mode with `synchronous=FULL`; PostgreSQL with its defaults `fsync=on`, `synchronous_commit=on`). The gateway is killed',
    'with SIGKILL right after the last answer, and the database is then asked for every id that was answered. Deposits that are',
    'accepted at the same time share one commit, hence one fsync.',
  );
  const lost = columns.filter(({ kept, accepted }) => kept !== accepted);
  if (lost.length > 0) throw new Error(`accepted deposits are missing after kill -9: ${lines.join('\n')}`);
  return lines.join('\n');
}
