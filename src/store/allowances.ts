import { type Bucket, bucketOf, take, tokensIn, waitFor } from '../domain/token-bucket.ts';
import type { Reading, Writing } from './store.ts';

/**
 * Rate limits of all gateways of a database: token buckets by name. A crash of the database may empty the table: then
 * all buckets are full. The table also has the ends of upstream pauses.
 */

const US = 1_000;

export interface TurnsWanted {
  /** Name of the rate. */
  readonly name: string;
  readonly perSecond: number;
  readonly count: number;
  /** Turns that may be taken at once after a pause. */
  readonly burst: number;
  /** Takes nothing where the first token is farther away. */
  readonly maxWaitMs: number;
}

/**
 * Takes tokens of a rate. Returns how many milliseconds the bucket was from full before; undefined, and nothing taken,
 * where the first token is too far away.
 */
export async function takeTurns(writing: Writing, wanted: TurnsWanted): Promise<number | undefined> {
  const bucket = inUs(bucketOf(wanted.perSecond, wanted.burst));
  const [ahead] = await changeBuckets(writing, [wanted], ({ count, maxWaitMs }, fullAtUs, nowUs) =>
    waitFor(bucket, fullAtUs, nowUs) > maxWaitMs * US
      ? { fullAtUs, answer: undefined }
      : { fullAtUs: take(bucket, fullAtUs, nowUs, count), answer: Math.max(0, fullAtUs - nowUs) / US },
  );
  return ahead;
}

/** Prefix of pauses: no tokens of the rate until then. */
const PAUSE = 'pause:';

/** Begins a pause of all gateways, or makes it longer. They are woken under `pause`. */
export async function writePause(writing: Writing, name: string, ms: number): Promise<void> {
  const endUs = Math.round((writing.now() + ms) * US);
  await writing.db
    .insertInto('allowances')
    .values({ name: PAUSE + name, full_at_us: endUs })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ full_at_us: endUs }).where('allowances.full_at_us', '<', endUs),
    )
    .execute();
  writing.wake('pause');
}

/** Milliseconds until a pause is over; 0 where there is none. */
export async function readPause({ db, now }: Reading, name: string): Promise<number> {
  const row = await db
    .selectFrom('allowances')
    .select('full_at_us')
    .where('name', '=', PAUSE + name)
    .executeTakeFirst();
  return Math.max(0, (row?.full_at_us ?? 0) / US - now());
}

/** Requests of one caller since it was counted last. */
export interface Requests {
  readonly name: string;
  /** Already let through: counted in any case. */
  readonly served: number;
  /** Waiting: counted as far as the bucket goes. */
  readonly asked: number;
}

export interface Counted {
  readonly name: string;
  /** How many of the requested tokens are granted. */
  readonly granted: number;
  /** Milliseconds until the bucket is full. */
  readonly fullInMs: number;
}

/** How far a bucket may be from full: what was let through may have cost as much as another minute's requests. */
const MOST_USED_US = 120_000_000;

/** Takes requests off the buckets of callers, each of one minute's requests. */
export async function countRequests(
  writing: Writing,
  perMinute: number,
  requests: readonly Requests[],
): Promise<readonly Counted[]> {
  const bucket = inUs(bucketOf(perMinute / 60, perMinute));
  return await changeBuckets(writing, requests, ({ name, served, asked }, before, nowUs) => {
    const afterServed = take(bucket, before, nowUs, served, MOST_USED_US);
    const granted = Math.max(0, Math.min(asked, tokensIn(bucket, afterServed, nowUs)));
    const fullAtUs = take(bucket, afterServed, nowUs, granted);
    return { fullAtUs, answer: { name, granted, fullInMs: (fullAtUs - nowUs) / US } };
  });
}

const inUs = ({ interval, capacity }: Bucket): Bucket => ({ interval: interval * US, capacity: capacity * US });

/**
 * Changes buckets under a lock; `change` gets the time at which a bucket is full, and returns the new one. Returns in
 * the order of names.
 */
async function changeBuckets<T extends { readonly name: string }, R>(
  writing: Writing,
  all: readonly T[],
  change: (each: T, fullAtUs: number, nowUs: number) => { readonly fullAtUs: number; readonly answer: R },
): Promise<readonly R[]> {
  if (all.length === 0) return [];
  // In one order for all gateways, so that none waits for another in a circle.
  const sorted = [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = sorted.map(({ name }) => name);
  await addMissing(writing, names);
  const nowUs = writing.now() * US;
  const rows = await writing.dialect
    .lock(writing.db.selectFrom('allowances').selectAll().where('name', 'in', names).orderBy('name'))
    .execute();
  const before = new Map(rows.map((row) => [row.name, row.full_at_us]));
  const changed = sorted.map((each) => ({ each, ...change(each, before.get(each.name) ?? 0, nowUs) }));
  await writing.db
    .insertInto('allowances')
    .values(changed.map(({ each, fullAtUs }) => ({ name: each.name, full_at_us: Math.ceil(fullAtUs) })))
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((set) => ({ full_at_us: set.ref('excluded.full_at_us') })),
    )
    .execute();
  return changed.map(({ answer }) => answer);
}

/** Two that make a row at the same time are one row, and both count. */
async function addMissing(writing: Writing, names: readonly string[]): Promise<void> {
  await writing.db
    .insertInto('allowances')
    .values(names.map((name) => ({ name, full_at_us: 0 })))
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

/**
 * Writes and deletes a row, to find out whether the store can be written. In the embedded database it is large: a small
 * one may fit into free pages.
 */
export async function tryToWrite(writing: Writing): Promise<void> {
  const name = `try:${'x'.repeat(writing.dialect.kind === 'sqlite' ? 65_536 : 100)}`;
  await writing.db
    .insertInto('allowances')
    .values({ name, full_at_us: 0 })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ full_at_us: 0 }))
    .execute();
}

/** Forgets buckets that are full: a new one is as good. */
export async function trimAllowances(writing: Writing, _before: number, limit: number): Promise<number> {
  const full = writing.db
    .selectFrom('allowances')
    .select('name')
    .where('full_at_us', '<', writing.now() * US)
    .limit(limit);
  const rows = await writing.db
    .deleteFrom('allowances')
    .where('name', 'in', full)
    .where('full_at_us', '<', writing.now() * US)
    .returning('name')
    .execute();
  return rows.length;
}
