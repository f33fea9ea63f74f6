// A sweep of all portfolios beside customers: its memory, its rate, their queries, and where it goes on after a kill; and how long
// a fill at the broker takes to InvestSuite's holdings.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { count, ms, percentile, sorted } from './support/figures.mjs';
import { startHelper, usageOf } from './support/live-process.mjs';
import { freePort, start } from './support/processes.mjs';
import { startGateway } from './support/program.mjs';
import { idOf } from './support/rest-data.mjs';
import { startArena } from './support/rivals.mjs';
import { goal, goals } from './support/table.mjs';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const DASHBOARD = readFileSync(new URL('../test/documents/dashboard.graphql', import.meta.url), 'utf8');
const BODIES = [JSON.stringify({ query: DASHBOARD, variables: { first: 20, transactions: 10 } })];
const RATE = 400;
const CUSTOMERS = 2;
const MB = 2 ** 20;

export async function synchronization({ smoke, log }) {
  const swept = await sweeps({ portfolios: smoke ? 300 : 10_000, seconds: smoke ? 1 : 20, isKilled: !smoke, log });
  const followed = await fills({ portfolios: smoke ? 2 : 20, each: smoke ? 2 : 15, log });
  return section(swept, followed);
}

async function sweeps({ portfolios, seconds, isKilled, log }) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const arena = await startArena({ portfolios, transactions: 10, movements: 2, delayMs: 2, lines: 40 });
  try {
    const settings = {
      PORTFOLIO_SYNC: 'on',
      SYNC_SWEEP_HOURS: '0',
      DATA_DIR: folder,
      UPVEST_REQUESTS_PER_SECOND: String(RATE),
    };
    const { url } = await arena.ours(settings);
    const load = () => arena.load.ask('run', { url, bodies: BODIES, clients: CUSTOMERS, seconds });
    await load();
    log(`synchronization: customers alone, then beside a sweep of ${count(portfolios)} portfolios`);
    const alone = await load();
    const one = await sweep(arena, settings, ['--portfolio', idOf('P', 1)]).ended;
    const first = sweep(arena, settings);
    const beside = await load();
    await arena.upstream.ask('calls');
    const startedAt = performance.now();
    await sleep(seconds * 1_000);
    const calls = (await arena.upstream.ask('calls')).count / ((performance.now() - startedAt) / 1_000);
    if (isKilled) await first.end('SIGKILL');
    const ends = [await first.ended, ...(isKilled ? [await resumed(arena, settings)] : [])];
    if (alone.wrong !== undefined || beside.wrong !== undefined) throw new Error(alone.wrong ?? beside.wrong);
    return { portfolios, alone, beside, calls, one, ends };
  } finally {
    await arena.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A sweep in a process of its own, started as an operator would, and the most memory that it takes. */
function sweep(arena, settings, more = []) {
  const env = { PATH: process.env.PATH, ...arena.settings, ...settings };
  const program = start(process.execPath, [CLI, 'sync', ...more], { env });
  const sizes = [];
  const timer = setInterval(() => {
    try {
      sizes.push(usageOf(program.child.pid).bytes);
    } catch {
      clearInterval(timer);
    }
  }, 200);
  const closed = new Promise((resolve) => program.child.once('close', resolve));
  const ended = closed.then(() => {
    clearInterval(timer);
    const [, compared] = /compared (\d+) portfolios/.exec(program.output.stderr) ?? [];
    return { compared: Number(compared ?? 0), mb: Math.max(...sizes, 0) / MB };
  });
  return { ended, end: program.end, output: program.output };
}

/** After a kill: as soon as the lease of the killed one has run out. */
async function resumed(arena, settings) {
  for (;;) {
    const again = sweep(arena, settings);
    const end = await again.ended;
    if (!again.output.stderr.includes('is sweeping')) return end;
    await sleep(5_000);
  }
}

async function fills({ portfolios, each, log }) {
  log('synchronization: from a fill to the holdings');
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const port = await freePort();
  const source = startHelper('follow-source');
  const webhookUrl = `http://127.0.0.1:${port}/webhooks/upvest`;
  const { settings } = await source.ask('start', { count: portfolios, latencyMs: 5, webhookUrl });
  const gateway = await startGateway(port, { ...settings, PORTFOLIO_SYNC: 'on', DATA_DIR: folder });
  try {
    await source.ask('fills', { each: 1, everyMs: 200 });
    return sorted(await source.ask('fills', { each, everyMs: 200 }));
  } finally {
    await gateway.end('SIGTERM');
    await source.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function section({ portfolios, alone, beside, calls, one, ends }, followed) {
  const [, second] = ends;
  const grownMb = Math.max(...ends.map(({ mb }) => mb)) - one.mb;
  const [slower, slowest] = [beside.p50 / alone.p50, beside.p99 / alone.p99];
  const p95 = percentile(followed, 0.95);
  return [
    '## InvestSuite follows the broker',
    '',
    `A sweep of ${count(portfolios)} portfolios that are as the broker has them (\`invest-gateway sync\`, UPVEST_REQUESTS_PER_SECOND=${RATE}), while ${CUSTOMERS} customers ask`,
    'for the dashboard without pause; then fills of self-investors, five a second, through webhooks to the holdings in InvestSuite.',
    '',
    `Dashboards: p50 ${ms(alone.p50)} and p99 ${ms(alone.p99)} alone, ${ms(beside.p50)} and ${ms(beside.p99)} beside the sweep. The sweep makes ${count(calls)} calls a second of both upstreams.`,
    `Fill to holdings: p50 ${ms(percentile(followed, 0.5))}, p95 ${ms(p95)}, of ${followed.length}.`,
    '',
    ...goals([
      goal('a sweep takes ≤ 100 MB more than one portfolio', `${grownMb.toFixed(0)} MB`, grownMb <= 100),
      goal(
        'customers are not slower than 1.5 ×',
        `p50 ${slower.toFixed(2)} ×, p99 ${slowest.toFixed(2)} ×`,
        slower <= 1.5 && slowest <= 1.5,
      ),
      ...(second === undefined
        ? []
        : [
            goal(
              'killed, it goes on',
              `${count(second.compared)} left of ${count(portfolios)}`,
              second.compared > 0 && second.compared < portfolios,
            ),
          ]),
      goal('fill to holdings p95 < 5 s', ms(p95), p95 < 5_000),
    ]),
  ].join('\n');
}
