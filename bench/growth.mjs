// How cost grows with what is asked for and with what there is. A curve that is worse than linear is a defect.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { appendEvents, openStore } from '../dist/store/index.js';
import { ms } from './support/figures.mjs';
import { usageOf } from './support/live-process.mjs';
import { idOf } from './support/rest-data.mjs';
import { startArena } from './support/rivals.mjs';
import { goal, goals, table } from './support/table.mjs';

const DASHBOARD = readFileSync(new URL('../test/documents/dashboard.graphql', import.meta.url), 'utf8');
const OVERVIEW = `query ($first: Int!) { portfolios(first: $first) { edges { node {
  id name holdings { instrumentId quantity } cashBalance { balance } } } } }`;
const TRANSACTIONS = `query ($id: ID!) { portfolio(id: $id) { transactions(first: 10) { edges { cursor node { id } } } } }`;
const NOTIFICATIONS = '{ notifications(first: 20) { edges { cursor node { __typename } } pageInfo { hasNextPage } } }';

const WORLD = { portfolios: 100, transactions: 10, movements: 2, delayMs: 0 };

/** Whether a curve may grow with its sizes: a page of a list must not cost more because the list is long. */
const CURVES = [
  {
    name: 'portfolios in one query',
    sizes: [1, 3, 10, 30, 100],
    linear: true,
    body: (size) => ({ query: OVERVIEW, variables: { first: size } }),
  },
  {
    name: 'portfolios behind the connection, a page of 20',
    sizes: [100, 1_000, 10_000, 100_000],
    linear: false,
    world: (size) => ({ portfolios: size }),
    body: () => ({ query: DASHBOARD, variables: { first: 20, transactions: 10 } }),
  },
  {
    name: 'movements of one portfolio, its 10 newest transactions',
    sizes: [10, 100, 1_000, 10_000],
    linear: true,
    world: (size) => ({ transactions: size / 2 }),
    body: () => ({ query: TRANSACTIONS, variables: { id: idOf('P', 1) } }),
  },
];
const LOG_SIZES = [1_000, 10_000, 100_000, 1_000_000];

export async function growth({ smoke, log }) {
  const arena = await startArena(WORLD);
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  try {
    const server = await arena.ours();
    // Machine code is made of what runs often: not while the first point is measured.
    const warmUp = { query: DASHBOARD, variables: { first: 20, transactions: 10 } };
    await arena.load.ask('run', {
      url: server.url,
      bodies: [JSON.stringify(warmUp)],
      clients: 8,
      seconds: smoke ? 0.1 : 3,
    });
    const measured = [];
    for (const curve of CURVES) {
      log(`growth: ${curve.name}`);
      const points = [];
      for (const size of smoke ? curve.sizes.slice(0, 2) : curve.sizes) {
        await arena.upstream.ask('change', { ...WORLD, ...curve.world?.(size) });
        points.push({ size, costMs: await cost(arena, server, JSON.stringify(curve.body(size)), smoke) });
      }
      measured.push({ ...curve, points });
    }
    log('growth: rows in the log of events');
    measured.push({
      name: 'events in the log, a page of 20',
      linear: false,
      points: await logCurve(arena, folder, smoke),
    });
    return section(measured);
  } finally {
    await arena.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of processor time per request of one client. */
async function cost({ load }, { url, pid }, body, smoke) {
  const options = { url, bodies: [body], clients: 1 };
  await load.ask('run', { ...options, seconds: smoke ? 0.1 : 1 });
  const before = usageOf(pid);
  const { wrong, requests } = await load.ask('run', { ...options, seconds: smoke ? 0.2 : 2.5 });
  if (wrong !== undefined) throw new Error(wrong);
  return (usageOf(pid).cpuMs - before.cpuMs) / requests;
}

async function logCurve(arena, folder, smoke) {
  const points = [];
  for (const size of smoke ? LOG_SIZES.slice(0, 1) : LOG_SIZES) {
    const dataDir = mkdtempSync(join(folder, 'data-'));
    await fillLog(dataDir, size);
    const server = await arena.ours({ DATA_DIR: dataDir });
    points.push({ size, costMs: await cost(arena, server, JSON.stringify({ query: NOTIFICATIONS }), smoke) });
  }
  return points;
}

/** A new database with `count` events in its log: one as the gateway writes them, and copies of it. */
async function fillLog(dataDir, size) {
  const store = await openStore({ dataDir, onTrouble: () => undefined });
  await store.write((writing) => appendEvents(writing, [EVENT]));
  await store.close();
  const database = new Libsql(join(dataDir, 'gateway.db'));
  const columns = database.prepare('select name from pragma_table_info(?)').all('event_log');
  const copied = columns.map(({ name }) => name).filter((name) => name !== 'sequence');
  const copy = database.prepare(
    `insert into event_log (${copied.join(', ')}) select ${copied.join(', ')} from event_log limit ?`,
  );
  for (let rows = 1; rows < size; rows += Math.min(rows, size - rows)) copy.run(Math.min(rows, size - rows));
  database.close();
}

const EVENT = {
  portfolioId: idOf('P', 1),
  source: 'INVESTSUITE',
  type: 'PORTFOLIO.SOMETHING',
  event: {
    kind: 'other',
    content: { subject: idOf('P', 1), data: { note: 'a few words, as events have them', amount: '12.50' } },
  },
  objectId: null,
  occurredAt: '2026-01-02T03:04:05.678Z',
  receivedAt: Date.now(),
};

function section(measured) {
  const rows = measured.flatMap(({ name, points, linear }) =>
    points.map(({ size, costMs }, at) => [
      at === 0 ? name : '',
      size.toLocaleString('en'),
      ms(costMs),
      linear ? `${((costMs * 1000) / size).toFixed(1)} µs` : '',
    ]),
  );
  return [
    '## How cost grows',
    '',
    'Processor time per request of one client that asks again and again, upstreams that answer at once.',
    '',
    ...table(['', 'size', 'CPU per request', 'each'], rows),
    '',
    ...goals(
      measured.map(({ name, points, linear }) => {
        const [first, last] = [points[0], points.at(-1)];
        const grown = last.costMs / first.costMs;
        const larger = last.size / first.size;
        const said = `${larger.toLocaleString('en')} × the size, ${grown.toFixed(1)} × the cost`;
        return goal(
          linear ? `${name}: not worse than linear` : `${name}: no more than twice`,
          said,
          linear ? grown <= larger * 1.2 : grown <= 2,
        );
      }),
    ),
  ].join('\n');
}
