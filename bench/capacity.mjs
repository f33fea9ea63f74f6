// The database's cost of one deposit and one event, and the capacity of one PostgreSQL that follows.
import { randomUUID } from 'node:crypto';
import { LOCAL_OPERATOR } from '../dist/domain/viewer.js';
import { InboxWorker } from '../dist/ingest/inbox-worker.js';
import { countOpenWorkflows, openStore, readEvents, storeEvents } from '../dist/store/index.js';
import { CASH_WORKFLOWS, Engine, registerDeposit } from '../dist/workflows/index.js';
import { cpuSeconds } from './support/cpu.mjs';
import { count, ms } from './support/figures.mjs';
import { query, startPostgres } from './support/postgres.mjs';
import { eventually } from './support/processes.mjs';

const PORTFOLIO = 'P01F8ZSNV0J45R9DFZ3D7D8C26F';

export async function capacity({ smoke, log }) {
  const postgres = await startPostgres();
  if (postgres === undefined) return '## Capacity of one PostgreSQL\n\nPostgreSQL is not on this machine.';
  const url = await postgres.createDatabase();
  const store = await openStore({ databaseUrl: url, dataDir: '' });
  const measure = (name, times, work) => measured({ postgres, url, name, times, work, log });
  try {
    await deposit(store, smoke ? 5 : 100);
    const deposits = await measure('deposit', smoke ? 10 : 500, (times) => deposit(store, times));
    await event(store, smoke ? 20 : 200);
    const events = await measure('event', smoke ? 40 : 4_000, (times) => event(store, times));
    const reads = await measure('reading', smoke ? 10 : 2_000, (times) => read(store, times));
    return section({ deposits, events, reads });
  } finally {
    await store.close();
    await postgres.end();
  }
}

/** Deposits from the request to their end, with upstreams that answer at once: what is measured is the store. */
async function deposit(store, times) {
  const ports = { investSuite: investSuite(), upvest: upvest() };
  const engine = new Engine({ store, ports, definitions: CASH_WORKFLOWS });
  await engine.start();
  const link = () => ({ accountGroupId: 'group-1', brokerageUserId: 'user-1' });
  const settings = { booking: 'investsuite', funding: 'virtual-cash', payout: 'withdrawal' };
  const services = { store, engine, ports, settings, link };
  const caller = { viewer: LOCAL_OPERATOR, maySee: () => true };
  const client = async () => {
    while (times > 0) {
      times -= 1;
      const input = { portfolioId: PORTFOLIO, amount: '10.00', currency: 'EUR', idempotencyKey: randomUUID() };
      const result = await registerDeposit(services, caller, input);
      if (result.kind !== 'success') throw new Error(JSON.stringify(result));
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  await eventually(async () => {
    const open = await store.read(countOpenWorkflows);
    if (open.length > 0) throw new Error(`still open: ${JSON.stringify(open)}`);
  }, 120_000);
  await engine.stop();
}

const accepted = (value) => ({ kind: 'accepted', value });

const investSuite = () => ({
  portfolio: async (id) => ({
    id,
    ownerId: null,
    coOwnerIds: [],
    baseCurrency: 'EUR',
    moneyType: 'REAL_MONEY',
    manager: 'USER_MANAGED',
    status: 'ACTIVE',
    archived: false,
    holdings: [],
  }),
  sendDepositEvent: async () => accepted(null),
});

const upvest = () => ({
  createVirtualCashIncrease: async (order) =>
    accepted({ ...order, id: randomUUID(), status: 'CONFIRMED', createdAt: null, updatedAt: null }),
});

/** Events of Upvest from the inbox to the log, twenty in a delivery. */
async function event(store, times) {
  const finder = {
    known: async (whose) => new Map(whose.map((each) => [each, PORTFOLIO])),
    find: async () => PORTFOLIO,
    forgetUnlinked() {},
  };
  const worker = new InboxWorker({ store, finder });
  worker.start();
  const begun = await logLength(store);
  for (let from = 0; from < times; from += 20)
    await store.write((tx) => storeEvents(tx, Array.from({ length: 20 }, inboxEvent)));
  await eventually(async () => {
    const there = await logLength(store);
    if (there - begun < times) throw new Error(`${there - begun} of ${times} events`);
  }, 120_000);
  await worker.stop();
}

function inboxEvent() {
  const id = randomUUID();
  const object = {
    account_group_id: randomUUID(),
    currency: 'EUR',
    balance: '1200.25',
    locked_for_trading: '10',
    pending_settlement: '10',
    available_for_withdrawal: '80',
    available_for_trading: '80',
  };
  const payload = {
    id,
    created_at: '2026-01-01T00:00:00Z',
    type: 'CASH_BALANCE.UPDATED',
    object,
    webhook_id: randomUUID(),
  };
  return { source: 'UPVEST', eventId: id, type: payload.type, subject: null, payload: JSON.stringify(payload) };
}

const logLength = (store) =>
  store.read(async ({ db }) =>
    Number((await db.selectFrom('event_log').select(db.fn.countAll().as('n')).executeTakeFirst()).n),
  );

/** The cost of following the log for each gateway: one new event, read by its tail. */
async function read(store, times) {
  const after = await store.read(
    async (reading) => (await readEvents(reading, { after: { generation: 0, xid: 0, sequence: 0 }, limit: 1 }))[0],
  );
  for (let turn = 0; turn < times; turn += 1) await store.read((reading) => readEvents(reading, { after, limit: 1 }));
}

async function measured({ postgres, url, name, times, work, log }) {
  const before = await figures(postgres, url);
  const startedAt = performance.now();
  await work(times);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await figures(postgres, url);
  const per = (key) => (after[key] - before[key]) / times;
  log(`capacity: ${times} × ${name} in ${seconds.toFixed(1)} s`);
  return { cpuMs: per('cpuMs'), commits: per('commits'), wal: per('wal'), bytes: per('bytes') };
}

async function figures(postgres, url) {
  // Statistics of a session reach the view a moment after its transaction.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { rows } = await query(
    url,
    `select (select xact_commit from pg_stat_database where datname = current_database()) as commits,
      pg_current_wal_insert_lsn() - '0/0' as wal,
      (select sum(pg_total_relation_size(oid)) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace) as bytes`,
  );
  const [row] = rows;
  return {
    cpuMs: (cpuSeconds([postgres.pid]) ?? Number.NaN) * 1000,
    commits: Number(row.commits),
    wal: Number(row.wal),
    bytes: Number(row.bytes),
  };
}

/** Of its CPU, so that there is room for peaks, vacuum and back-ups. */
const USED = 0.5;
const CORES = 8;
/** The operations of a customer in a month, and the ratio of the busiest minute to the average. */
const CUSTOMER = { deposits: 2, withdrawals: 0.3, events: 60, peak: 20 };
const MONTH_SECONDS = 30 * 86_400;

/** Simulated: a fleet under the load of so many customers in the busiest minute, by what was measured. */
function simulate({ deposits, events, reads }, customers, gateways) {
  const perSecond = (perMonth) => (customers * perMonth * CUSTOMER.peak) / MONTH_SECONDS;
  // A withdrawal has about twice the steps of a deposit.
  const moves = perSecond(CUSTOMER.deposits + 2 * CUSTOMER.withdrawals);
  const told = perSecond(CUSTOMER.events);
  // Tails read what is new together: at most one reading each 10 ms, two lanes a gateway.
  const readings = Math.min(told, 100) * 2 * gateways;
  const cores = (moves * deposits.cpuMs + told * events.cpuMs + readings * reads.cpuMs) / 1000;
  const bytesPerMonth =
    customers * ((CUSTOMER.deposits + 2 * CUSTOMER.withdrawals) * deposits.bytes + CUSTOMER.events * events.bytes);
  const wal = moves * deposits.wal + told * events.wal;
  return { customers, moves, told, cores, gigabytes: bytesPerMonth / 1e9, walMegabytes: wal / 1e6 };
}

function section(measuredAll) {
  const { deposits, events, reads } = measuredAll;
  const most = (each) => count((CORES * USED * 1000) / each.cpuMs);
  const row = (name, each) =>
    `| ${name} | ${ms(each.cpuMs)} | ${each.commits.toFixed(1)} | ${count(each.wal)} | ${count(each.bytes)} | ${most(each)} |`;
  const simulated = [100_000, 1_000_000, 5_000_000].map((customers) => simulate(measuredAll, customers, 4));
  return [
    '## Capacity of one PostgreSQL',
    '',
    `What one costs the database, and how many a second ${CORES} such cores carry when half of them are used.`,
    '',
    `| | CPU | commits | WAL, bytes | tables and indexes, bytes | a second on ${CORES} cores |`,
    '|---|---:|---:|---:|---:|---:|',
    row('a deposit, from request to COMPLETED', deposits),
    row('an event, from delivery to the log', events),
    row('a look at the log', reads),
    '',
    `Simulated by these figures: customers with ${CUSTOMER.deposits} deposits, ${CUSTOMER.withdrawals} withdrawals and ${CUSTOMER.events} events a month, four gateways, in a minute that is ${CUSTOMER.peak}`,
    'times as busy as the average one.',
    '',
    '| customers | money moves a second | events a second | cores used | WAL, MB a second | rows a month, GB |',
    '|---:|---:|---:|---:|---:|---:|',
    ...simulated.map(
      (each) =>
        `| ${count(each.customers)} | ${each.moves.toFixed(1)} | ${count(each.told)} | ${each.cores.toFixed(2)} | ${each.walMegabytes.toFixed(1)} | ${each.gigabytes.toFixed(1)} |`,
    ),
  ].join('\n');
}
