// What each step on the way of a query is worth: the server library alone, a cache of documents, known queries in front of
// the library, and those planned.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { count } from './support/figures.mjs';
import { eventually, freePort, start } from './support/processes.mjs';
import { NODE_FLAGS } from './support/program.mjs';
import { idOf } from './support/rest-data.mjs';
import { contest, startArena } from './support/rivals.mjs';
import { table, times } from './support/table.mjs';

const CLIENTS = 64;
const read = (name) => readFileSync(new URL(`../test/documents/${name}.graphql`, import.meta.url), 'utf8');
const LOADS = {
  '`{ __typename }`': [JSON.stringify({ query: '{ __typename }' })],
  'dashboard, all the same': [JSON.stringify({ query: read('dashboard'), variables: { first: 20, transactions: 10 } })],
  'own portfolio, each another': Array.from({ length: CLIENTS }, (_, number) =>
    JSON.stringify({ query: read('own-portfolio'), variables: { id: idOf('P', number) } }),
  ),
};
const STEPS = ['library', 'documents', 'direct', 'planned'];

export async function steps({ smoke, log }) {
  const arena = await startArena({ portfolios: CLIENTS, transactions: 10, movements: 2, delayMs: 5 });
  const programs = [];
  try {
    const servers = await Promise.all(STEPS.map((step) => startStep(arena, step, programs)));
    const rows = [];
    for (const [what, bodies] of Object.entries(LOADS)) {
      log(`steps: ${what}`);
      const seconds = smoke ? { warmUpSeconds: 0.1, seconds: 0.2 } : { warmUpSeconds: 5, seconds: 2 };
      const all = await contest(arena, servers, { rounds: smoke ? 1 : 9, ...seconds, clients: CLIENTS, bodies });
      const last = all.at(-1).cpuUs;
      rows.push([what, ...all.map(({ cpuUs }) => `${count(cpuUs)} µs, ${times(cpuUs / last)}`)]);
    }
    return ['## What each step is worth', '', ...table(['CPU per request', ...STEPS], rows)].join('\n');
  } finally {
    await Promise.all(programs.map((program) => program.end('SIGKILL')));
    await arena.end();
  }
}

async function startStep(arena, step, programs) {
  const port = await freePort();
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const env = { ...arena.settings, PATH: process.env.PATH, PORT: String(port), EXECUTION: step, DATA_DIR };
  const file = fileURLToPath(new URL('./support/switched.mjs', import.meta.url));
  const program = start(process.execPath, [...NODE_FLAGS, file], { env });
  programs.push(program);
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    const ready = await fetch(`${url}/readyz`).catch((error) => ({ status: String(error) }));
    if (ready.status !== 200) throw new Error(`the gateway is not ready: ${program.output.stderr}`);
  });
  return { name: step, url, pid: program.child.pid };
}
