import type { Updateable } from 'kysely';
import { z } from 'zod';
import { mayLease } from './leases.ts';
import type { Reading, Writing } from './store.ts';
import type { SweepsTable } from './tables.ts';

/** How far the sweep over all portfolios is. Times by the store's clock. */
export type Sweep = { readonly [C in Exclude<keyof SweepsTable, 'id'>]: SweepsTable[C] };

export type SweepPatch = Omit<Updateable<SweepsTable>, 'id' | 'lease_owner'>;

export async function readSweep({ db }: Reading): Promise<Sweep> {
  return await db.selectFrom('sweeps').selectAll().where('id', '=', 1).executeTakeFirstOrThrow();
}

/** Takes or keeps the lease of the sweep; undefined while another gateway has it. */
export async function leaseSweep(writing: Writing, owner: string, forMs: number): Promise<Sweep | undefined> {
  return await writing.db
    .updateTable('sweeps')
    .set({ lease_owner: owner, lease_until: writing.now() + forMs })
    .where('id', '=', 1)
    .where(mayLease(owner, writing.now()))
    .returningAll()
    .executeTakeFirst();
}

/** Changes the sweep's progress; false, and nothing is written, where the lease is another gateway's by now. */
export async function advanceSweep(writing: Writing, owner: string, patch: SweepPatch): Promise<boolean> {
  const done = await writing.db
    .updateTable('sweeps')
    .set(patch)
    .where('id', '=', 1)
    .where('lease_owner', '=', owner)
    .returning('id')
    .executeTakeFirst();
  return done !== undefined;
}

/** Rows of this kind that have something to do: a sweep waits while there are many. */
export async function countOpenOfKind({ db }: Reading, kind: string): Promise<number> {
  const { fn } = db;
  const { count } = await db
    .selectFrom('workflows')
    .select(fn.countAll<number>().as('count'))
    .where('step', 'is not', null)
    .where('kind', '=', kind)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** How far InvestSuite follows the broker, for metrics. */
export interface SynchronizationFigures {
  /** Portfolios whose holdings can't be written. */
  readonly drifted: number;
  /** Lines and orders without a transaction, by the broker's type. */
  readonly problems: ReadonlyMap<string, number>;
  /** Since when the portfolio that has waited longest is behind; null where none is. */
  readonly behindSince: number | null;
}

/** Rows that are looked at for each figure: more than that is bad enough. */
const LOOKED_AT = 2_000;
const lineInput = z.object({ line: z.object({ type: z.string() }) });
const behind = z.object({ since: z.number().nullable() });

export async function synchronizationFigures({ db }: Reading): Promise<SynchronizationFigures> {
  const stuck = await db
    .selectFrom('workflows')
    .select(['kind', 'input'])
    .where('state', 'in', ['PROBLEM', 'DRIFTED'])
    .limit(LOOKED_AT)
    .execute();
  const waiting = await db
    .selectFrom('workflows')
    .select('progress')
    .where('step', 'is not', null)
    .where('kind', '=', 'synchronization')
    .limit(LOOKED_AT)
    .execute();
  const problems = new Map<string, number>();
  for (const { kind, input } of stuck) {
    if (kind !== 'ledger-line') continue;
    const { type } = lineInput.parse(JSON.parse(input)).line;
    problems.set(type, (problems.get(type) ?? 0) + 1);
  }
  const since = waiting.flatMap(({ progress }) =>
    progress === null ? [] : (behind.parse(JSON.parse(progress)).since ?? []),
  );
  return {
    drifted: stuck.filter(({ kind }) => kind === 'synchronization').length,
    problems,
    behindSince: since.length === 0 ? null : Math.min(...since),
  };
}
