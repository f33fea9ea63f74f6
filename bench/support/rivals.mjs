import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { count, ms } from './figures.mjs';
import { startHelper, usageOf } from './live-process.mjs';
import { eventually, freePort, start } from './processes.mjs';
import { NODE_FLAGS, startGateway } from './program.mjs';
import { median, table, times } from './table.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Whether the peers are installed (`npm ci` in bench/). Without them only the gateway is measured. Looked for is the one that was
 * added last, which an older installation lacks.
 */
export const peersInstalled = existsSync(here('../node_modules/@graphql-hive/gateway-runtime'));

export const PEERS = [
  { name: 'Mercurius, JIT, loaders', file: 'mercurius' },
  { name: 'Apollo Server, DataLoader', file: 'apollo' },
  { name: 'Yoga, Pothos, DataLoader', file: 'yoga' },
  { name: 'Hive Gateway, REST subgraphs', file: 'hive' },
  { name: 'Hive Gateway, equal requests in flight shared', file: 'hive', settings: { SHARE: 'on' } },
  { name: 'by hand, no GraphQL', file: 'by-hand' },
  { name: 'by hand, calls in flight shared', file: 'by-hand', settings: { SHARE: 'on' } },
];

export const OURS = 'invest-gateway';
export const BEFORE = 'the commit before';
export const MERCURIUS = PEERS[0].name;
/** Peers that are given the settings of tokens can do of them what the gateway does. */
export const MERCURIUS_CHECKING = { name: 'Mercurius that checks tokens and owners', file: 'mercurius' };

/** One key for all who sign: the cheapest kind that Upvest takes. */
const signingKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

/** The stub upstreams, a load generator, and what is to be ended with them. */
export async function startArena(world) {
  const upstream = startHelper('rest-upstream');
  const load = startHelper('http-load');
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const { url } = await upstream.ask('start', world);
  const started = [];
  return {
    upstream,
    load,
    /** How a gateway reaches the stub. */
    settings: gatewaySettings(url),
    /** The gateway; `checkout`: the folder of another commit, built. */
    async ours(settings = {}, checkout = undefined) {
      const port = await freePort();
      const dataDir = mkdtempSync(join(folder, 'data-'));
      const cli = checkout === undefined ? undefined : join(checkout, 'dist/cli.js');
      const program = await startGateway(port, { ...gatewaySettings(url), DATA_DIR: dataDir, ...settings }, cli);
      started.push(program);
      const name = checkout === undefined ? OURS : `${BEFORE} (${commitOf(checkout)})`;
      return { name, url: `http://127.0.0.1:${port}`, pid: program.child.pid };
    },
    async peers(wanted = PEERS) {
      if (!peersInstalled) return [];
      return await Promise.all(
        wanted.map(async ({ name, file, settings }) => {
          const env = {
            PATH: process.env.PATH,
            NODE_ENV: 'production',
            UPSTREAM_URL: url,
            SIGNING_KEY: signingKey,
            ...settings,
          };
          const program = start(process.execPath, [...NODE_FLAGS, here(`../peers/${file}.mjs`)], { env });
          started.push(program);
          const port = await eventually(() => {
            const found = /^port (\d+)$/m.exec(program.output.stdout);
            if (found === null) throw new Error(`${name} did not start: ${program.output.stderr}`);
            return Number(found[1]);
          });
          return { name, url: `http://127.0.0.1:${port}`, pid: program.child.pid };
        }),
      );
    },
    async end() {
      await Promise.all(started.map((program) => program.end('SIGKILL')));
      await Promise.all([upstream.end(), load.end()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As for real upstreams; Upvest's own limit of calls a second would be all that is measured. */
const gatewaySettings = (url) => ({
  INVESTSUITE_URL: url,
  INVESTSUITE_ACCESS_KEY_ID: 'bench',
  INVESTSUITE_SECRET_ACCESS_KEY: 'bench-secret-of-some-length',
  UPVEST_URL: url,
  UPVEST_CLIENT_ID: '3d0e2b6c-3a0c-4f4e-9f0e-0d6a9e3a7c11',
  UPVEST_CLIENT_SECRET: 'bench-secret',
  UPVEST_KEY_ID: '7c1e2b6c-3a0c-4f4e-9f0e-0d6a9e3a7c11',
  UPVEST_PRIVATE_KEY: signingKey,
  UPVEST_REQUESTS_PER_SECOND: '100000',
  GRAPHIQL: 'off',
});

const commitOf = (checkout) =>
  execFileSync('git', ['-C', checkout, 'log', '-1', '--format=%h %cs'], { encoding: 'utf8' }).trim();

/** All must give the same data. Throws where one does not. */
export async function mustAgree(arena, servers, body, authorization) {
  let wanted;
  for (const { name, url } of servers) {
    const { status, text } = await arena.load.ask('ask', { url, body, authorization });
    const { data, errors } = status === 200 ? JSON.parse(text) : {};
    if (data == null || errors !== undefined)
      throw new Error(`${name} answers ${status}: ${JSON.stringify(errors) ?? text.slice(0, 500)}`);
    wanted ??= JSON.stringify(data);
    if (JSON.stringify(data) !== wanted)
      throw new Error(`${name} answers otherwise:\n${text.slice(0, 1_000)}\ninstead of\n${wanted.slice(0, 1_000)}`);
  }
}

/** Each server under the same load in turn, several times over; the medians of the rounds. */
export async function contest(arena, servers, { rounds, warmUpSeconds, ...load }) {
  const measured = new Map(servers.map(({ name }) => [name, []]));
  for (const { url } of servers) await arena.load.ask('run', { ...load, url, seconds: warmUpSeconds });
  for (let round = 0; round < rounds; round += 1) {
    // Another order each time: nobody is always the one behind the heaviest.
    const order = servers.map((_, at) => servers[(at + round) % servers.length]);
    for (const server of order) measured.get(server.name).push(await measure(arena, server, load));
  }
  return servers.map(({ name }) => ({ name, ...medians(measured.get(name)) }));
}

async function measure({ load, upstream }, { url, pid }, options) {
  await upstream.ask('calls');
  const before = usageOf(pid);
  const result = await load.ask('run', { ...options, url });
  const after = usageOf(pid);
  const calls = await upstream.ask('calls');
  return {
    ...result,
    cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / result.requests,
    bytes: after.bytes,
    calls: calls.count / result.requests,
  };
}

const FIGURES = ['cpuUs', 'perSecond', 'p50', 'p99', 'bytes', 'calls', 'busy'];

function medians(runs) {
  const wrong = runs.find((run) => run.wrong !== undefined)?.wrong;
  return { wrong, ...Object.fromEntries(FIGURES.map((figure) => [figure, median(runs.map((run) => run[figure]))])) };
}

/** One row a server, beside the first. */
export function standings(all) {
  const mine = all[0].cpuUs;
  return table(
    [
      '',
      'CPU per request',
      'to ours',
      'requests/s',
      'p50',
      'p99',
      'memory',
      'upstream calls per request',
      'load generator busy',
    ],
    all.map((each) =>
      each.wrong !== undefined
        ? [each.name, `invalid: ${each.wrong.slice(0, 80)}`, '', '', '', '', '', '', '']
        : [
            each.name,
            `${count(each.cpuUs)} µs`,
            times(each.cpuUs / mine),
            count(each.perSecond),
            ms(each.p50),
            ms(each.p99),
            `${count(each.bytes / 2 ** 20)} MiB`,
            each.calls.toFixed(2),
            `${(each.busy * 100).toFixed(0)} %`,
          ],
    ),
  );
}
