// How long the gateway takes to be ready, and the memory it has then.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { count, ms } from './support/figures.mjs';
import { usageOf } from './support/live-process.mjs';
import { startPostgres } from './support/postgres.mjs';
import { eventually, freePort, start as startProgram } from './support/processes.mjs';
import { NODE_FLAGS } from './support/program.mjs';
import { startArena } from './support/rivals.mjs';
import { goal, goals, median, table } from './support/table.mjs';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

export async function start({ smoke, log }) {
  const starts = smoke ? 1 : 5;
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const arena = await startArena({ portfolios: 20 });
  const postgres = smoke ? undefined : await startPostgres();
  try {
    const ways = {
      'stand-ins, embedded store': () => ({ DATA_DIR: mkdtempSync(join(folder, 'data-')) }),
      'upstreams, embedded store': () => ({ ...arena.settings, DATA_DIR: mkdtempSync(join(folder, 'data-')) }),
    };
    if (postgres === undefined) log('start: without PostgreSQL');
    else {
      const url = await postgres.createDatabase();
      ways['upstreams, PostgreSQL'] = () => ({ ...arena.settings, DATABASE_URL: url });
    }
    const measured = new Map(Object.keys(ways).map((name) => [name, []]));
    for (let round = 0; round < starts; round += 1) {
      for (const [name, settings] of Object.entries(ways)) measured.get(name).push(await once(settings()));
    }
    return section(measured, starts);
  } finally {
    await arena.end();
    await postgres?.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From the program's start until it says that it is ready. */
async function once(settings) {
  const port = await freePort();
  const startedAt = performance.now();
  const env = { PATH: process.env.PATH, PORT: String(port), LOG_LEVEL: 'error', ...settings };
  const program = startProgram(process.execPath, [...NODE_FLAGS, CLI, 'serve'], { env });
  try {
    await eventually(async () => {
      const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (status !== 200) throw new Error(`not ready: ${program.output.stderr}`);
    });
    const readyMs = performance.now() - startedAt;
    const { cpuMs, bytes } = usageOf(program.child.pid);
    return { readyMs, cpuMs, bytes };
  } finally {
    await program.end('SIGKILL');
  }
}

function section(measured, starts) {
  const of = (name, figure) => median(measured.get(name).map((each) => each[figure]));
  const readyMs = (name) => (measured.has(name) ? of(name, 'readyMs') : undefined);
  const within = (what, name, limitMs) => {
    const value = readyMs(name);
    return goal(what, value === undefined ? '' : ms(value), value === undefined ? null : value <= limitMs);
  };
  return [
    '## Start',
    '',
    `From the start of the program until \`/readyz\` says ready, and the memory it has then; medians of ${starts}.`,
    '',
    ...table(
      ['', 'ready after', 'CPU', 'memory'],
      [...measured.keys()].map((name) => [
        name,
        ms(of(name, 'readyMs')),
        ms(of(name, 'cpuMs')),
        `${count(of(name, 'bytes') / 2 ** 20)} MiB`,
      ]),
    ),
    '',
    ...goals([
      within('ready within 4 s with stand-ins and the embedded store', 'stand-ins, embedded store', 4_000),
      within('ready within 2 s on PostgreSQL', 'upstreams, PostgreSQL', 2_000),
    ]),
  ].join('\n');
}
