// Live events to 1,000 and 10,000 subscribers of one process, beside graphql-ws with Yoga's pub/sub.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore, rememberAccountGroup } from '../dist/store/index.js';
import { count, ms, percentile, sorted } from './support/figures.mjs';
import { startHelper, usageOf } from './support/live-process.mjs';
import { eventually, freePort, start } from './support/processes.mjs';
import { NODE_FLAGS, startGateway } from './support/program.mjs';

const FIELDS = `{ id type portfolioId ... on CashBalanceNotification { cashBalance { currency balance } } }`;
const ALL = `subscription { notifications ${FIELDS} }`;
const OF_ONE = `subscription ($portfolioId: ID) { notifications(portfolioId: $portfolioId) ${FIELDS} }`;
const OWNED = ALL;

const FULL = {
  customers: 10_000,
  // Each: so many subscribers, events, and events a second.
  alike: { calm: [1_000, 40, 20], busy: [1_000, 200, 100], many: [10_000, 100, 100] },
  // The peer would take minutes for as many events.
  peerEvents: { many: 20 },
  owned: [10_000, 400, 100],
  answers: 100,
};
const SMOKE = {
  customers: 50,
  alike: { calm: [20, 10, 20], busy: [20, 50, 100], many: [100, 20, 100] },
  peerEvents: {},
  owned: [50, 50, 100],
  answers: 10,
};
/** Clients that deposit, one request after the other. */
const DEPOSITORS = 4;
const DEADLINE_MS = 60_000;

export async function live({ smoke, log }) {
  if (!existsSync('/proc/self/stat'))
    return '## Live events\n\nLeft out: what a process uses is read from /proc, which is not here.';
  const size = smoke ? SMOKE : FULL;
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const port = await freePort();
  const source = startHelper('live-source');
  const load = startHelper('live-load');
  try {
    const webhookUrl = `http://127.0.0.1:${port}/webhooks/upvest`;
    const upstreams = await source.ask('start', { count: size.customers, webhookUrl });
    const around = { size, folder, port, source, load, upstreams, log, ours: true, url: webhookUrl };
    const ours = await measureOurs(around);
    const peer = await measurePeer({ ...around, ours: false });
    return section(size, ours, peer);
  } finally {
    await Promise.all([source.end(), load.end()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOurs(around) {
  const { folder, port, upstreams, load, size, log } = around;
  const settings = (more) => ({ ...upstreams.settings, DATA_DIR: mkdtempSync(join(folder, 'data-')), ...more });
  const open = await startGateway(port, settings());
  let figures;
  try {
    const server = { ...around, pid: open.child.pid };
    const intake = await takeIn(server);
    figures = { intake, alike: await measureAlike(server) };
  } finally {
    await open.end('SIGKILL');
  }
  const tokens = await load.ask('issuer');
  const knowing = settings({ ...tokens, RATE_LIMIT_PER_MINUTE: '0' });
  await know(knowing.DATA_DIR, upstreams.portfolios);
  const closed = await startGateway(port, knowing);
  try {
    log('live: own portfolios');
    const userIds = upstreams.portfolios.map(({ userId }) => userId);
    const subscription = { query: OWNED, userIds };
    figures.owned = await measure({ ...around, pid: closed.child.pid }, size.owned, subscription);
  } finally {
    await closed.end('SIGKILL');
  }
  // The last: the broker tells of these deposits too.
  const busy = await startGateway(port, settings());
  try {
    log('live: webhooks while workflows are busy');
    figures.answers = await answersWhileBusy(around);
  } finally {
    await busy.end('SIGKILL');
  }
  return figures;
}

async function measurePeer(around) {
  const { upstreams, size, log } = around;
  const program = fileURLToPath(new URL('support/live-peer.mjs', import.meta.url));
  const peer = start(process.execPath, [...NODE_FLAGS, program], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
  });
  try {
    const port = await eventually(() => {
      const found = /^port (\d+)$/m.exec(peer.output.stdout);
      if (!found) throw new Error(`the peer did not start: ${peer.output.stderr}`);
      return Number(found[1]);
    });
    const server = { ...around, port, url: `http://127.0.0.1:${port}`, pid: peer.child.pid };
    log('live: the peer');
    const alike = await measureAlike(server);
    const variables = upstreams.portfolios.map(({ portfolioId }) => ({ portfolioId }));
    return { alike, owned: await measure(server, size.owned, { query: OF_ONE, variables }) };
  } finally {
    await peer.end('SIGKILL');
  }
}

/** Whose each account group is: what a gateway asks InvestSuite at the first event of one, and keeps. */
async function know(dataDir, portfolios) {
  const store = await openStore({ dataDir });
  await store.write(async (tx) => {
    for (const { accountGroupId, portfolioId } of portfolios)
      await rememberAccountGroup(tx, accountGroupId, portfolioId);
  });
  await store.close();
}

/** The cost of an event without subscribers: its part of a delivered webhook, verified and stored, and its row in the log. */
async function takeIn({ source, url, pid, size }) {
  const [, events, perSecond] = size.alike.busy;
  await source.ask('events', { count: events, perSecond, url, numbered: false });
  const before = usageOf(pid);
  await source.ask('events', { count: events, perSecond, url, numbered: false });
  return (usageOf(pid).cpuMs - before.cpuMs) / events;
}

async function measureAlike(server) {
  const { log, size, ours } = server;
  const figures = {};
  for (const [name, [subscribers, most, perSecond]] of Object.entries(size.alike)) {
    log(`live: ${subscribers} alike, ${perSecond} events a second`);
    const events = ours ? most : (size.peerEvents[name] ?? most);
    figures[name] = await measure(server, [subscribers, events, perSecond], { query: ALL });
  }
  return figures;
}

/** Connects subscribers, sends events, and counts what comes. Throws where one is missing, twice or out of order. */
async function measure({ source, load, port, url, pid, ours, log }, [subscribers, events, perSecond], subscription) {
  const empty = usageOf(pid).bytes;
  await source.ask('renumber');
  await load.ask('subscribe', { port, count: subscribers, ...subscription });
  const spread = subscription.query !== ALL || subscription.userIds !== undefined;
  const send = { spread, url, peer: !ours };
  await prime(source, load, subscribers, spread ? { ...send, count: subscribers } : { ...send, count: 1 });
  // Warm, and everything that was only needed to connect is gone.
  const perEvent = spread ? 1 : subscribers;
  const warmUp = Math.ceil(events / 10);
  await source.ask('events', { ...send, count: warmUp, perSecond });
  await load.ask('delivery', { count: warmUp * perEvent, deadlineMs: DEADLINE_MS });
  const before = { ...usageOf(pid), load: await load.ask('usage') };
  const [{ startedAt, endedAt }, { delivered, wrong, firstWrong, lastAt }] = await Promise.all([
    source.ask('events', { ...send, count: events, perSecond }),
    load.ask('delivery', { count: events * perEvent, deadlineMs: DEADLINE_MS }),
  ]);
  const after = { ...usageOf(pid), load: await load.ask('usage') };
  await load.ask('leave');
  if (delivered !== events * perEvent || wrong > 0) {
    throw new Error(`invalid: ${delivered} of ${events * perEvent} deliveries, ${wrong} wrong (${firstWrong})`);
  }
  const tookMs = lastAt - startedAt;
  const figures = {
    subscribers,
    delivered,
    perSecond: (delivered * 1000) / tookMs,
    cpuMicros: ((after.cpuMs - before.cpuMs) * 1000) / delivered,
    lateMs: Math.max(0, lastAt - endedAt),
    loadBusy: (after.load - before.load) / tookMs,
    bytesEach: Math.max(0, before.bytes - empty) / subscribers,
  };
  log(`live: ${figures.cpuMicros.toFixed(1)} µs each, ${count(figures.perSecond)} a second`);
  return figures;
}

/** Sends events that do not count until every subscriber has had one: then all are there. */
async function prime(source, load, subscribers, send) {
  await eventually(async () => {
    await source.ask('events', { ...send, numbered: false, perSecond: 20_000, batch: 250 });
    await eventually(async () => {
      const primed = await load.ask('primedBy');
      if (primed < subscribers) throw new Error(`${primed} of ${subscribers} subscribers are there`);
    }, 5_000);
  }, DEADLINE_MS);
}

/** How soon a webhook is answered while deposits are carried out, sorted. */
async function answersWhileBusy({ source, url, port, upstreams, size }) {
  let over = false;
  let deposits = 0;
  const client = async (offset) => {
    for (let turn = offset; !over; turn += DEPOSITORS) {
      const { portfolioId } = upstreams.portfolios[turn % upstreams.portfolios.length];
      const input = { portfolioId, currency: 'EUR', amount: '10.00', idempotencyKey: randomUUID() };
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: DEPOSIT, variables: { input } }),
      });
      const { data } = await response.json();
      if (data?.registerDeposit?.__typename !== 'RegisterDepositSuccess') throw new Error(JSON.stringify(data));
      deposits += 1;
    }
  };
  const startedAt = performance.now();
  const clients = Array.from({ length: DEPOSITORS }, (_, index) => client(index));
  const took = await source.ask('latencies', { count: size.answers, perSecond: 50, url });
  over = true;
  await Promise.all(clients);
  return { took: sorted(took), depositsPerSecond: (deposits * 1000) / (performance.now() - startedAt) };
}
const DEPOSIT = 'mutation ($input: RegisterDepositInput!) { registerDeposit(input: $input) { __typename } }';

const micros = (value) => `${value.toFixed(value < 100 ? 1 : 0)} µs`;
const share = (value) => `${Math.round(value * 100)} %`;
const kilobytes = (value) => `${(value / 1024).toFixed(1)} KiB`;

function rowsOf(what, a, b) {
  return [
    `| **${what}: CPU per delivery** | **${micros(a.cpuMicros)}** | **${micros(b.cpuMicros)}** | **${(b.cpuMicros / a.cpuMicros).toFixed(1)} ×** |`,
    `| ${what}: delivered a second | ${count(a.perSecond)} | ${count(b.perSecond)} | |`,
    `| ${what}: all were there (how many, and how long after the last event was sent) | ${count(a.delivered)}, ${ms(a.lateMs)} | ${count(b.delivered)}, ${ms(b.lateMs)} | |`,
    `| ${what}: the subscribers' process was busy | ${share(a.loadBusy)} | ${share(b.loadBusy)} | |`,
  ];
}

function section(size, ours, peer) {
  const shapeOf = ([subscribers, , perSecond]) => `${count(subscribers)} subscribers, ${perSecond} events/s`;
  return [
    '## Live events',
    '',
    'One server process, its subscribers over WebSockets in a second process, the events from a third, all on one machine. Every',
    'subscriber has to get every event once and in order, or there is no figure. The gateway gets the events as Upvest delivers',
    'them, five in a signed webhook; it verifies and stores them before anybody sees them, and that is in its figures. The peer is',
    '`graphql-ws` with the pub/sub of `graphql-yoga` and the same field; it gets them as plain JSON and keeps nothing.',
    '',
    '| | invest-gateway | graphql-ws, Yoga pub/sub | peer : ours |',
    '|---|---:|---:|---:|',
    ...Object.entries(size.alike).flatMap(([name, shape]) =>
      rowsOf(`${shapeOf(shape)}, all of the same`, ours.alike[name], peer.alike[name]),
    ),
    ...rowsOf(`${shapeOf(size.owned)}, each of an own portfolio`, ours.owned, peer.owned),
    `| memory per subscriber, of ${count(ours.alike.many.subscribers)} alike | ${kilobytes(ours.alike.many.bytesEach)} | ${kilobytes(peer.alike.many.bytesEach)} | |`,
    `| memory per subscriber, of ${count(ours.owned.subscribers)} with own portfolios | ${kilobytes(ours.owned.bytesEach)} | ${kilobytes(peer.owned.bytesEach)} | |`,
    `| taking in an event that nobody listens to, CPU | ${micros(ours.intake * 1000)} | | |`,
    `| a webhook is answered while ${count(ours.answers.depositsPerSecond)} deposits/s are carried out, median and 99 % | ${ms(percentile(ours.answers.took, 0.5))}, ${ms(percentile(ours.answers.took, 0.99))} | | |`,
    '',
    'With own portfolios the gateway checks a token for each subscriber and keeps each to what InvestSuite says they own; an event',
    'goes to those who wait for it by its portfolio, whoever else is there. The peer trusts the portfolio that it is asked for. Each',
    'event has one reader there, so nearly all of what it costs is taking it in.',
    'Memory is what the process has grown by (resident set) while the subscribers came.',
  ].join('\n');
}
