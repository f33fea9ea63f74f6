import { encodePosition } from '../../src/store/event-log.ts';
import { readEvents, verifyAudit, type WorkflowRow } from '../../src/store/index.ts';
import { sqliteDialect } from '../../src/store/sqlite-dialect.ts';
import { readWorkflows } from '../../src/store/workflow-rows.ts';
import { CASH_WORKFLOWS, orderWorkflow, reviewedRebalancing } from '../../src/workflows/index.ts';
import { doneIn, expectedOf, NOT_DONE } from './expectations.ts';
import { INVESTSUITE_START, RESERVED_BY_OTHERS } from './investsuite.ts';
import { rebalancings } from './rebalancings.ts';
import type { Subscriber } from './subscribers.ts';
import { synchronized } from './synchronized.ts';
import { START } from './timeline.ts';
import { BROKER_START } from './upvest.ts';
import { CUSTOMERS, cents, type Wire } from './wire.ts';
import { FAULTS_END_MS, type World } from './world.ts';

const LOG_BEGINNING = { generation: 0, xid: 0, sequence: 0 };

/** A broken promise: which one, and what was seen. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

export async function rowsOf({ database }: World): Promise<readonly WorkflowRow[]> {
  return readWorkflows(await database.db.selectFrom('workflows').selectAll().execute());
}

const readingOf = ({ database, timeline }: World) => ({
  db: database.db,
  dialect: sqliteDialect,
  now: () => timeline.now,
});

/** The invariants once all has come to rest. */
export async function violationsOf(world: World): Promise<readonly Violation[]> {
  const rows = await rowsOf(world);
  const found: Violation[] = [];
  const check = (invariant: string, whats: Iterable<string>): void => {
    for (const what of whats) found.push({ invariant, what });
  };
  check('no defect is logged', world.troubles);
  check(
    'each request has one answer',
    world.clients.asked.flatMap(({ violations }) => violations),
  );
  check('each effect once', effects(world, rows));
  if (world.scenario.follows !== true) check('cash is what was moved', cash(world, rows));
  check('InvestSuite follows the broker', synchronized(world, rows));
  check('nothing is held', await held(world, rows));
  check('requests fail by what was said of them', wronglyFailed(rows));
  check('cash is promised once', promised(world, rows));
  check('a rebalancing trades what was recommended', await rebalancings(world, rows));
  check('states go forward', await states(world, rows));
  check(
    'the audit verifies',
    (await verifyAudit(readingOf(world))).findings.map((finding) => JSON.stringify(finding)),
  );
  for (const subscriber of world.subscribers) check('the log has no gap', await gaps(world, subscriber));
  return found;
}

function* effects(world: World, rows: readonly WorkflowRow[]): Generator<string> {
  const certain = new Map<string, number>();
  const possible = new Map<string, number>();
  const count = (counts: Map<string, number>, effect: string): void =>
    void counts.set(effect, (counts.get(effect) ?? 0) + 1);
  for (const row of rows) {
    const { certainly, maybe } = expectedOf(row, world.scenario.settings);
    for (const effect of certainly) count(certain, effect);
    for (const effect of [...certainly, ...maybe]) count(possible, effect);
  }
  const done = new Map<string, number>();
  for (const effect of doneIn(world)) count(done, effect);
  for (const effect of new Set([...certain.keys(), ...possible.keys(), ...done.keys()])) {
    const [least, most, seen] = [certain.get(effect) ?? 0, possible.get(effect) ?? 0, done.get(effect) ?? 0];
    if (seen < least || seen > most)
      yield `${effect}: ${seen} times, expected ${least === most ? least : `${least} to ${most}`}`;
  }
}

const SIGN: Readonly<Partial<Record<WorkflowRow['kind'], number>>> = { deposit: 1, withdrawal: -1 };

function* cash(world: World, rows: readonly WorkflowRow[]): Generator<string> {
  for (const { portfolio } of CUSTOMERS) {
    const mine = rows.filter((row) => row.portfolio_id === portfolio);
    const signed = (row: WorkflowRow): number => (SIGN[row.kind] ?? 0) * cents(row.amount);
    const done = mine
      .filter(({ state }) => state === 'COMPLETED')
      .reduce((sum, row) => sum + signed(row), INVESTSUITE_START);
    const open = mine
      .filter(({ kind, state }) => kind in SIGN && !['COMPLETED', 'FAILED', 'CANCELLED'].includes(state))
      .map(signed);
    const sums = [done];
    for (const each of open) sums.push(...sums.map((sum) => sum + each));
    const seen = cents(world.investSuite.portfolios.get(portfolio)?.holdings['$EUR'] ?? 0);
    if (!sums.includes(seen))
      yield `${portfolio} has ${seen / 100} in InvestSuite, expected ${sums.map((sum) => sum / 100).join(' or ')}`;
  }
}

async function held(world: World, rows: readonly WorkflowRow[]): Promise<readonly string[]> {
  if (rows.some(isInReview)) return [];
  const { db } = world.database;
  const locks = await db
    .selectFrom('locks')
    .select(['name', 'owner'])
    .where('owner', 'is not', null)
    .where('until', '>', world.timeline.now)
    .execute();
  const open = rows.filter(
    (row) => row.lease_owner !== null || row.sent_at !== null || row.reserved !== null || row.due_at !== null,
  );
  const reserved = CUSTOMERS.flatMap(({ portfolio, isRobo }) => {
    const seen = world.investSuite.portfolios.get(portfolio)?.divest ?? null;
    const expected = isRobo ? RESERVED_BY_OTHERS : null;
    return seen === expected ? [] : [`${portfolio} has ${seen} reserved, expected ${expected}`];
  });
  return [
    ...locks.map(({ name, owner }) => `the lock ${name} is held by ${owner}`),
    ...open.map(
      ({ id, state, step, waiting_for: reason, reserved: amount }) =>
        `${id} is ${state} at ${step}, waits for ${reason}, reserves ${amount}`,
    ),
    ...reserved,
  ];
}

/** Statuses that speak of the request. Others speak of the gateway, or of nothing: such a request waits. */
const OF_THE_REQUEST = ['400', '409', '412', '422'];

function* wronglyFailed(rows: readonly WorkflowRow[]): Generator<string> {
  for (const { id, state, reason } of rows) {
    const status = /\((\d{3})\)/.exec(reason ?? '')?.[1];
    if ((state === 'FAILED' || state === 'REJECTED') && status !== undefined && !OF_THE_REQUEST.includes(status))
      yield `${id} failed: ${reason}`;
  }
}

/** Nothing is sold for a self-investor: what was accepted before the broker got more cash was there, or had been paid in. */
function* promised({ upvest }: World, rows: readonly WorkflowRow[]): Generator<string> {
  for (const { portfolio, group, isRobo } of CUSTOMERS) {
    if (isRobo) continue;
    const mine = rows.filter((row) => row.portfolio_id === portfolio && row.created_at < START + FAULTS_END_MS);
    const sum = (kinds: readonly string[]): number =>
      mine
        .filter(({ kind, state }) => kinds.includes(kind) && state !== 'RETURNED' && !NOT_DONE.includes(state))
        .reduce((total, { amount }) => total + cents(amount), 0);
    const out = sum(['withdrawal', 'order']);
    const booked = (upvest.groups.get(group)?.ledgers.lines ?? []).filter(
      ({ ledger, expects, wire }) =>
        ledger === 'cash' && expects !== 'none' && Date.parse(String(wire['created_at'])) < START + FAULTS_END_MS,
    );
    const came = booked.reduce((total, { wire }) => total + Math.max(0, cents((wire['delta'] as Wire)['amount'])), 0);
    const most = BROKER_START + sum(['deposit', 'virtual-cash-increase']) + came;
    if (out > most) yield `${portfolio} was promised ${out / 100} of ${most / 100}`;
  }
}

export const isInReview = ({ state }: WorkflowRow): boolean => state === 'NEEDS_REVIEW';

async function states(world: World, rows: readonly WorkflowRow[]): Promise<readonly string[]> {
  const history = await world.database.db
    .selectFrom('workflow_history')
    .selectAll()
    .orderBy('workflow_id')
    .orderBy('sequence')
    .execute();
  const transitions = new Map(
    [...CASH_WORKFLOWS, orderWorkflow, reviewedRebalancing].map((definition) => [
      definition.kind as string,
      definition.transitions as Readonly<Record<string, readonly string[]>>,
    ]),
  );
  const found: string[] = [];
  for (const row of rows) {
    const mine = history.filter((entry) => entry.workflow_id === row.id);
    const allowed = transitions.get(row.kind);
    for (const [index, entry] of mine.entries()) {
      if (entry.sequence !== index + 1)
        found.push(`${row.id} has ${entry.sequence} at place ${index + 1} of its history`);
      const before = mine[index - 1];
      if (before === undefined || before.state === entry.state || allowed === undefined) continue;
      if (allowed[before.state]?.includes(entry.state) !== true)
        found.push(`${row.id} went from ${before.state} to ${entry.state}`);
    }
    if (mine.at(-1)?.state !== row.state)
      found.push(`${row.id} is ${row.state}, its history says ${mine.at(-1)?.state}`);
  }
  return found;
}

/** The events seen are a suffix of those visible, without a gap. */
async function gaps(world: World, subscriber: Subscriber): Promise<readonly string[]> {
  const log = await readEvents(readingOf(world), { after: LOG_BEGINNING, limit: 10_000 });
  const portfolio = subscriber.customer === null ? undefined : CUSTOMERS[subscriber.customer]?.portfolio;
  const visible = log.filter((row) => portfolio === undefined || row.portfolio_id === portfolio).map(encodePosition);
  const first = subscriber.seen[0];
  const expected = first === undefined ? [] : visible.slice(visible.indexOf(first));
  const wrong = expected.findIndex((cursor, index) => subscriber.seen[index] !== cursor);
  const missed = first === undefined && visible.length > 0 && subscriber.isFromTheBeginning;
  return [
    ...subscriber.violations,
    ...(missed ? [`${subscriber.name} has seen nothing of ${visible.length} rows`] : []),
    ...(wrong === -1
      ? []
      : [
          `${subscriber.name} has seen ${subscriber.seen[wrong] ?? 'nothing'} instead of row ${wrong} of ${expected.length}`,
        ]),
    ...(subscriber.seen.length > expected.length
      ? [`${subscriber.name} has seen ${subscriber.seen.length} rows of ${expected.length}`]
      : []),
  ];
}
