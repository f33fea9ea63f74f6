import type { WorkflowRow } from '../../src/store/index.ts';
import { SharedDatabase } from './database.ts';
import { isInReview, rowsOf, type Violation, violationsOf } from './invariants.ts';
import { resolveReviews } from './operator.ts';
import type { Scenario } from './scenario.ts';
import { SWEPT_WITHIN_MS } from './sweeps.ts';
import { START } from './timeline.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly violations: readonly Violation[];
  /** Lines for a person; empty where the run was not traced. */
  readonly lines: readonly string[];
  readonly digest: string;
  /** Counts for the figures. */
  readonly happenings: number;
  readonly virtualMs: number;
  readonly rows: number;
  readonly reviews: number;
}

let shared: Promise<SharedDatabase> | undefined;

/** Runs a scenario to its end. One at a time: they share a database. */
export async function run(
  scenario: Scenario,
  { isTraced = false }: { readonly isTraced?: boolean } = {},
): Promise<Outcome> {
  shared ??= SharedDatabase.open();
  const database = await shared;
  database.reset();
  const world = new World(scenario, database, isTraced);
  world.begin();
  const reviews = await finish(world);
  const stuck = world.isTooLate ? await waiting(world) : [];
  const violations = [...stuck, ...(await violationsOf(world))];
  const rows = await rowsOf(world);
  for (const { invariant, what } of violations) world.trace.tell('VIOLATION', `${invariant}: ${what}`);
  world.end();
  const { lines, digest } = world.trace;
  const virtualMs = world.timeline.now - START;
  return { violations, lines, digest, happenings: world.timeline.count, virtualMs, rows: rows.length, reviews };
}

/** Goes on until nothing is left to do, with an operator who ends reviews. Answers how many there were. */
async function finish(world: World): Promise<number> {
  let reviews = 0;
  if (world.scenario.follows === true) {
    await comeToRest(world);
    await world.run(SWEPT_WITHIN_MS);
  }
  for (let round = 0; round < 6; round += 1) {
    await comeToRest(world);
    const open = (await rowsOf(world)).filter(isInReview);
    if (open.length === 0 || world.isTooLate) break;
    reviews += open.length;
    resolveReviews(world, open, round);
    await world.run(1_500);
  }
  await world.run(9_000);
  // The next sweep may have begun to look at problems again.
  if (world.scenario.follows === true) await comeToRest(world);
  return reviews;
}

async function comeToRest(world: World): Promise<void> {
  while (!world.isTooLate) {
    await world.run(1_000);
    if (world.faultsHaveEnded && !world.isBusy && (await isAtRest(world))) return;
  }
}

async function isAtRest(world: World): Promise<boolean> {
  const rows = await rowsOf(world);
  const isHeldUp = rows.some(isInReview);
  // A lock, or what comes after it.
  const waits = ({ kind, waiting_for: reason }: WorkflowRow): boolean =>
    WAITING.includes(kind) || reason?.startsWith('lock:') === true;
  const isOpen = rows.some((row) => row.due_at !== null && !(isHeldUp && waits(row)));
  // A client may wait for what only the operator can end.
  if (isOpen || world.upvest.isMoving || (world.clients.open > 0 && !isHeldUp)) return false;
  const { db } = world.database;
  const inbox = await db.selectFrom('inbox').select('id').where('state', '=', 'RECEIVED').limit(1).execute();
  return inbox.length === 0 || isHeldUp;
}

/** Kinds that wait for what an operator has to end: a rebalancing for its order, the holdings for money that moves. */
const WAITING: readonly WorkflowRow['kind'][] = [
  ...(['rebalancing', 'optimization-news', 'ledger-line', 'synchronization', 'synchronization-run'] as const),
];

async function waiting(world: World): Promise<readonly Violation[]> {
  const { db } = world.database;
  const inbox = await db.selectFrom('inbox').select(['type', 'attempts']).where('state', '=', 'RECEIVED').execute();
  const rows = (await rowsOf(world)).filter((row) => row.due_at !== null);
  const whats = [
    ...rows.map(({ id, state, step, waiting_for: reason }) => `${id} is ${state} at ${step} and waits for ${reason}`),
    ...inbox.map(({ type, attempts }) => `the event ${type} waits in the inbox after ${attempts} attempts`),
    ...(world.clients.open > 0 ? [`${world.clients.open} requests have no answer`] : []),
  ];
  return (whats.length === 0 ? ['something'] : whats).map((what) => ({ invariant: 'nothing waits for ever', what }));
}
