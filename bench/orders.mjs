// From placeOrder to the broker, beside deposits: how long an order takes to arrive at POST /orders.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { count, ms, percentile, sorted } from './support/figures.mjs';
import { startHelper, usageOf } from './support/live-process.mjs';
import { startPostgres } from './support/postgres.mjs';
import { eventually, freePort } from './support/processes.mjs';
import { startGateway } from './support/program.mjs';

const UPSTREAM_MS = 5;
const DEPOSITS_A_SECOND = 20;
const ORDERS_A_SECOND = 5;
const PORTFOLIOS = 20;
const GOAL_MS = 50;
const PLACE = `mutation ($input: PlaceOrderInput!) {
  placeOrder(input: $input) { __typename ... on PlaceOrderSuccess { order { id } } ... on Error { message } }
}`;
const DEPOSIT = `mutation ($input: RegisterDepositInput!) {
  registerDeposit(input: $input) { __typename ... on Error { message } }
}`;

export async function orders({ smoke, log }) {
  const seconds = smoke ? 1 : 15;
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const columns = [];
  try {
    log('orders: embedded');
    columns.push({ title: 'embedded (SQLite)', ...(await measure({ DATA_DIR: folder }, seconds)) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const postgres = await startPostgres();
  if (postgres === undefined) log('orders: PostgreSQL is not on this machine and is left out');
  else {
    try {
      log('orders: PostgreSQL');
      const settings = { DATABASE_URL: await postgres.createDatabase() };
      columns.push({ title: `PostgreSQL ${postgres.version}`, ...(await measure(settings, seconds)) });
    } finally {
      await postgres.end();
    }
  }
  return section(columns, seconds);
}

async function measure(settings, seconds) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const source = startHelper('order-source');
  const how = { count: PORTFOLIOS, latencyMs: UPSTREAM_MS, webhookUrl: `${url}/webhooks/upvest` };
  const upstreams = await source.ask('start', how);
  const gateway = await startGateway(port, { ...upstreams.settings, ...settings });
  const pool = new Pool(url, { connections: 64, pipelining: 1 });
  try {
    // As long again, unmeasured: code that has run a few times only is several times as slow.
    await load(pool, upstreams.portfolioIds, seconds);
    const before = usageOf(gateway.child.pid).cpuMs;
    const placed = await load(pool, upstreams.portfolioIds, seconds);
    const cpuMs = usageOf(gateway.child.pid).cpuMs - before;
    return { ...(await arrivals(source, placed)), deposits: placed.deposits, cpu: cpuMs / placed.ms };
  } finally {
    await pool.destroy();
    await gateway.end('SIGTERM');
    await source.end();
  }
}

/** Orders and deposits at their rates, whatever the answers take. */
async function load(pool, portfolioIds, seconds) {
  const sent = [];
  const answers = [];
  let deposits = 0;
  const startedAt = performance.now();
  const every = (perSecond, work) => setInterval(() => answers.push(work()), 1_000 / perSecond);
  const portfolio = () => portfolioIds[answers.length % portfolioIds.length];
  const timers = [
    every(ORDERS_A_SECOND, async () => {
      const at = Date.now();
      const input = { portfolioId: portfolio(), side: 'BUY', isin: 'US0378331005', amount: '10' };
      const { id } = (await ask(pool, PLACE, 'placeOrder', input)).order;
      sent.push({ id, at, answeredMs: Date.now() - at });
    }),
    every(DEPOSITS_A_SECOND, async () => {
      await ask(pool, DEPOSIT, 'registerDeposit', { portfolioId: portfolio(), amount: '10', currency: 'EUR' });
      deposits += 1;
    }),
  ];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  for (const timer of timers) clearInterval(timer);
  await Promise.all(answers);
  return { sent, deposits, ms: performance.now() - startedAt };
}

async function ask(pool, query, name, fields) {
  const input = { ...fields, idempotencyKey: randomUUID() };
  const { body } = await pool.request({
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const answer = await body.json();
  const result = answer.data?.[name];
  if (result?.__typename.endsWith('Success') !== true) throw new Error(`not accepted: ${JSON.stringify(answer)}`);
  return result;
}

async function arrivals(source, { sent }) {
  const called = await eventually(async () => {
    const at = await source.ask('arrivals');
    const missing = sent.filter(({ id }) => at[id] === undefined).length;
    if (missing > 0) throw new Error(`${missing} of ${sent.length} orders have not arrived`);
    return at;
  });
  return {
    orders: sent.length,
    toBroker: sorted(sent.map(({ id, at }) => called[id] - at)),
    answered: sorted(sent.map(({ answeredMs }) => answeredMs)),
  };
}

function section(columns, seconds) {
  const row = (name, cell) => `| ${name} | ${columns.map(cell).join(' | ')} |`;
  const both = (times) => `${ms(percentile(times, 0.5))}, ${ms(percentile(times, 0.95))}`;
  return [
    '## Orders to the broker',
    '',
    `From sending \`placeOrder\` to the arrival of \`POST /orders\` at the broker, ${ORDERS_A_SECOND} orders a second beside`,
    `${DEPOSITS_A_SECOND} deposits a second for ${seconds} s; each call of an upstream takes ${UPSTREAM_MS} ms. Before it an order is checked`,
    `(portfolio, accounts, price, cash), accepted on disk and recorded in InvestSuite. Goal: a median under ${GOAL_MS} ms.`,
    '',
    row('', ({ title }) => title),
    row('---', () => '---:'),
    row('**to the broker, median and 95 %**', ({ toBroker }) => `**${both(toBroker)}**`),
    row('accepted, median and 95 %', ({ answered }) => both(answered)),
    row('orders, deposits', ({ orders: placed, deposits }) => `${count(placed)}, ${count(deposits)}`),
    row('CPU of the gateway, of one core', ({ cpu }) => `${Math.round(cpu * 100)} %`),
  ].join('\n');
}
