import type { Updateable } from 'kysely';
import { mayLease } from './leases.ts';
import type { Reading, Writing } from './store.ts';
import type { InstrumentCopyTable } from './tables.ts';

/** How far the copy of the broker's directory is. Times by the store's clock. */
export type InstrumentCopy = { readonly [C in Exclude<keyof InstrumentCopyTable, 'id'>]: InstrumentCopyTable[C] };

export type InstrumentCopyPatch = Omit<Updateable<InstrumentCopyTable>, 'id' | 'revision' | 'lease_owner'>;

/** A request for whatever has changed. */
export const ANY_INSTRUMENT = '*';

export async function instrumentCopy({ db }: Reading): Promise<InstrumentCopy> {
  return await db.selectFrom('instrument_copy').selectAll().where('id', '=', 1).executeTakeFirstOrThrow();
}

/** Takes or keeps the lease of the copy; undefined while another gateway has it. */
export async function leaseInstrumentCopy(
  writing: Writing,
  { owner, forMs, force }: { readonly owner: string; readonly forMs: number; readonly force: boolean },
): Promise<InstrumentCopy | undefined> {
  return await writing.db
    .updateTable('instrument_copy')
    .set({ lease_owner: owner, lease_until: writing.now() + forMs })
    .where('id', '=', 1)
    .where(mayLease(owner, force ? Number.MAX_SAFE_INTEGER : writing.now()))
    .returningAll()
    .executeTakeFirst();
}

/** Changes the copy's progress; false, and nothing is written, where the lease is another gateway's by now. */
export async function advanceInstrumentCopy(
  writing: Writing,
  owner: string,
  patch: InstrumentCopyPatch,
): Promise<boolean> {
  const done = await writing.db
    .updateTable('instrument_copy')
    .set(patch)
    .where('id', '=', 1)
    .where('lease_owner', '=', owner)
    .returning('id')
    .executeTakeFirst();
  return done !== undefined;
}

export async function releaseInstrumentCopy(writing: Writing, owner: string): Promise<void> {
  await advanceInstrumentCopy(writing, owner, { lease_until: 0 });
}

/** Asks for instruments by themselves, or for {@link ANY_INSTRUMENT}. */
export async function requestInstruments(writing: Writing, instruments: ReadonlySet<string>): Promise<void> {
  if (instruments.size === 0) return;
  await writing.db
    .insertInto('instrument_requests')
    // Sorted, so that two gateways can't deadlock.
    .values([...instruments].sort().map((instrument) => ({ instrument, asked: 1 })))
    .onConflict((conflict) =>
      conflict.column('instrument').doUpdateSet((set) => ({ asked: set('instrument_requests.asked', '+', 1) })),
    )
    .execute();
  writing.wake('instruments');
}

export interface InstrumentRequest {
  readonly instrument: string;
  readonly asked: number;
}

export async function instrumentRequests({ db }: Reading, limit: number): Promise<readonly InstrumentRequest[]> {
  return await db.selectFrom('instrument_requests').selectAll().orderBy('instrument').limit(limit).execute();
}

/** Removes requests that were done, unless they were made again meanwhile. */
export async function finishInstrumentRequests(
  writing: Writing,
  requests: readonly InstrumentRequest[],
): Promise<void> {
  for (const { instrument, asked } of requests) {
    await writing.db
      .deleteFrom('instrument_requests')
      .where('instrument', '=', instrument)
      .where('asked', '=', asked)
      .execute();
  }
}
