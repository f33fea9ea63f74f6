import { type Selectable, type SqlBool, sql } from 'kysely';
import { type FixedStatement, fixed } from './fixed-statements.ts';
import type { Reading, Writing } from './store.ts';
import type { Tables } from './tables.ts';

/**
 * Leases of rows that are worked on: workflows, and events of the inbox.
 *
 *   due, no lease or one that has run out ──claim──> leased ──commit, or given back──> no lease
 *                        ^                           │    ^
 *                        └────── time runs out ──────┘    └── renewed, three times a lease
 *
 * A claim takes rows whose `due_at` has passed. It writes its owner and an end by the store's clock, and raises the row's
 * fence. Claims at the same time get different rows: each skips what another transaction holds. The worker renews its
 * leases while it works; a killed worker does not, so another takes its rows over when the lease has run out
 * ({@link LEASE_MS} at the latest). A lease that has run out is not renewed: the row may be another's by now.
 *
 * A lease does not stop its former holder, who may wake up after a pause and go on. So it promises only this: what a former
 * holder commits is refused. A commit names what it holds, a workflow's fence and owner, or the owner of an inbox claim,
 * which no other claim has. What reaches an upstream can't be taken back: the engine sends only while enough of the lease
 * is left, by clocks of its own (workflows/engine/engine.ts).
 */
export type LeasedTable = 'workflows' | 'inbox';

/** Default length of a lease in milliseconds: how long a killed gateway's rows rest before another takes them. */
export const LEASE_MS = 6_000;

/** Time between renewals in milliseconds: two of them may fail. */
export const renewalMs = (leaseMs: number): number => leaseMs / 3;

export interface LeaseClaim {
  readonly owner: string;
  /** When the leases end unless they are renewed, in milliseconds by the store's clock. */
  readonly until: number;
  readonly limit: number;
}

/** Another worker has taken over the lease. */
export class LeaseLostError extends Error {}

/** Whether an owner may have the lease of a table's only row: it is free, its own, or has ended by then. */
export const mayLease = (owner: string, endedBy: number) =>
  sql<SqlBool>`(lease_owner is null or lease_owner = ${owner} or lease_until <= ${endedBy})`;

/** Columns of a row that nobody has. */
export const NO_LEASE = { lease_owner: null, lease_until: null } as const;

/** As the index `…_due` of each table has them. */
const ORDER = { workflows: ['due_at'], inbox: ['due_at', 'id'] } as const;
/** Leased rows, in the terms of an index. */
const LEASED = {
  workflows: sql`lease_owner is not null`,
  inbox: sql`due_at is not null and lease_owner is not null`,
} as const;

const isFree = (now: number) => sql`(lease_until is null or lease_until <= ${now})`;
const inOrder = (table: LeasedTable) => sql.join(ORDER[table].map((column) => sql.ref(column)));

const claimed: { readonly [T in LeasedTable]: FixedStatement<Selectable<Tables[T]>> } = {
  workflows: claimOf('workflows'),
  inbox: claimOf('inbox'),
};

function claimOf<T extends LeasedTable>(table: T): FixedStatement<Selectable<Tables[T]>> {
  return fixed((db, { skipLocked }) => ({
    compile: () =>
      sql<Selectable<Tables[T]>>`
        update ${sql.table(table)} set lease_owner = ${''}, lease_until = ${0}, fence = fence + 1
        where id in (
          select id from ${sql.table(table)} where due_at <= ${0} and ${isFree(0)}
          order by ${inOrder(table)} limit ${0} ${skipLocked})
        returning *`.compile(db),
  }));
}

/** Leases due rows that nobody has, and returns them in no order. */
export async function claimDue<T extends LeasedTable>(
  writing: Writing,
  table: T,
  { owner, until, limit }: LeaseClaim,
): Promise<Selectable<Tables[T]>[]> {
  const at = writing.now();
  const { rows } = await writing.db.executeQuery(claimed[table].with(writing, [owner, until, at, at, limit]));
  return rows;
}

const nextDue = { workflows: nextDueOf('workflows'), inbox: nextDueOf('inbox') } as const;

function nextDueOf(table: LeasedTable): FixedStatement<{ due_at: number }> {
  return fixed((db) => ({
    compile: () =>
      sql<{ due_at: number }>`
        select due_at from ${sql.table(table)} where due_at is not null and ${isFree(0)}
        order by due_at limit 1`.compile(db),
  }));
}

/** When the next row wants work that nobody has, in milliseconds by the store's clock; undefined where there is none. */
export async function nextDueAt(reading: Reading, table: LeasedTable): Promise<number | undefined> {
  const { rows } = await reading.db.executeQuery(nextDue[table].with(reading, [reading.now()]));
  return rows[0]?.due_at;
}

/** Renews an owner's leases; `ids`: of these rows, where the owner is known to have no others. */
export async function renewLeases(
  { db, now }: Writing,
  table: LeasedTable,
  { owner, until, ids }: { readonly owner: string; readonly until: number; readonly ids?: readonly number[] },
): Promise<void> {
  const among = ids === undefined ? sql`` : sql`id in (${sql.join(ids)}) and `;
  await sql`
    update ${sql.table(table)} set lease_until = ${until}
    where ${among}lease_owner = ${owner} and lease_until > ${now()}`.execute(db);
}

/** Gives an owner's leases back; undefined: anybody's, as after a start on a database that is the gateway's alone. */
export async function giveBackLeases({ db }: Writing, table: LeasedTable, owner: string | undefined): Promise<void> {
  const ofOwner = owner === undefined ? sql`` : sql` and lease_owner = ${owner}`;
  await sql`
    update ${sql.table(table)} set lease_owner = null, lease_until = null
    where ${LEASED[table]}${ofOwner}`.execute(db);
}
