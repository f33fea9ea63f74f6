#!/usr/bin/env node
// npm run bench [-- name…] [-- --smoke] [--before FOLDER] [--only TEXT] [--servers TEXT,TEXT]: measures what the project promises,
// prints it and writes bench/RESULTS.md.
// --smoke: a few seconds to see that it all runs; nothing is written.
// --before: the built checkout of another commit, which then has rows of its own in `customers` and `peers`.
// --only, --servers: of `customers` the loads and the servers whose names contain a text; nothing is written.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { stopAll } from './support/processes.mjs';

/** Each resolves to a section in Markdown. */
const BENCHES = {
  customers: async (options) => (await import('./customers.mjs')).customers(options),
  peers: async (options) => (await import('./peers.mjs')).peers(options),
  sharing: async (options) => (await import('./sharing.mjs')).sharing(options),
  reading: async (options) => (await import('./reading.mjs')).reading(options),
  instruments: async (options) => (await import('./instruments.mjs')).instruments(options),
  start: async (options) => (await import('./start.mjs')).start(options),
  growth: async (options) => (await import('./growth.mjs')).growth(options),
  capacity: async (options) => (await import('./capacity.mjs')).capacity(options),
  cluster: async (options) => (await import('./cluster.mjs')).cluster(options),
  deposits: async (options) => (await import('./deposits.mjs')).deposits(options),
  orders: async (options) => (await import('./orders.mjs')).orders(options),
  synchronization: async (options) => (await import('./synchronization.mjs')).synchronization(options),
  fairness: async (options) => (await import('./fairness.mjs')).fairness(options),
  live: async (options) => (await import('./live.mjs')).live(options),
};
const RESULTS = new URL('RESULTS.md', import.meta.url);
const HEADING = `# Measured

Written by \`npm run bench\`: everything of one section in one run on one machine. Absolute figures are the machine's; compare
within a section only.
`;

const TEXT = { type: 'string' };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean' }, before: TEXT, only: TEXT, servers: TEXT },
});
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`there is no bench ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const root = new URL('..', import.meta.url);
execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { cwd: root, stdio: 'inherit' });

try {
  for (const name of names) {
    const options = { ...values, smoke: values.smoke === true, servers: values.servers?.split(',') };
    const section = await BENCHES[name]({ ...options, log: (line) => console.error(line) });
    console.log(section);
    if (!options.smoke && values.only === undefined && values.servers === undefined) save(name, section);
  }
} finally {
  await stopAll();
}

/** Replaces one bench's section and leaves those of the others. */
function save(name, section) {
  const begin = `<!-- ${name} -->`;
  const end = `<!-- /${name} -->`;
  const text = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : HEADING;
  const measured = `Measured ${new Date().toISOString().slice(0, 10)} on ${machine()}.`;
  const block = `${begin}\n\n${section.trim()}\n\n${measured}\n\n${end}`;
  const at = text.indexOf(begin);
  const next =
    at < 0 ? `${text.trimEnd()}\n\n${block}\n` : text.slice(0, at) + block + text.slice(text.indexOf(end) + end.length);
  writeFileSync(RESULTS, next);
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? 'an unknown processor';
  return `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}`;
}
