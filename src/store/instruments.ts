import { compareDateTimes } from '../domain/datetime.ts';
import { type Instrument, type Isin, instrumentId } from '../domain/instrument.ts';
import type { Reading, Writing } from './store.ts';
import type { InstrumentsTable } from './tables.ts';

/** Rows of one statement; SQLite and PostgreSQL limit its parameters. */
const CHUNK = 500;

/** The instruments of the copy with these ISINs. */
export async function instrumentsByIsin(
  { db }: Reading,
  isins: readonly Isin[],
): Promise<ReadonlyMap<Isin, Instrument>> {
  const found = new Map<Isin, Instrument>();
  for (const chunk of chunksOf(isins)) {
    const rows = await db.selectFrom('instruments').selectAll().where('isin', 'in', chunk).execute();
    for (const row of rows) found.set(row.isin, instrumentOf(row));
  }
  return found;
}

/**
 * Writes the instruments that differ from the copy, and returns how many did. A row is not replaced by an older one: the broker's
 * pages and its answers about one instrument may overtake each other.
 */
export async function putInstruments(writing: Writing, instruments: readonly Instrument[]): Promise<number> {
  const given = newestOfEach(instruments);
  // Locks the copy's row until the commit: revisions are committed in their order.
  const { revision } = await writing.db
    .updateTable('instrument_copy')
    .set((set) => ({ revision: set('revision', '+', 1) }))
    .where('id', '=', 1)
    .returning('revision')
    .executeTakeFirstOrThrow();
  const known = await instrumentsByIsin(writing, [...given.keys()]);
  const changed = [...given.values()].filter((each) => {
    const before = known.get(each.isin);
    return before === undefined || (isNewer(each, before) && !isSame(each, before));
  });
  for (const chunk of chunksOf(changed)) {
    await writing.db
      .insertInto('instruments')
      .values(chunk.map((each) => rowOf(each, revision)))
      .onConflict((conflict) =>
        conflict.column('isin').doUpdateSet((set) => ({
          name: set.ref('excluded.name'),
          wkn: set.ref('excluded.wkn'),
          tradable: set.ref('excluded.tradable'),
          fractional: set.ref('excluded.fractional'),
          updated_at: set.ref('excluded.updated_at'),
          revision: set.ref('excluded.revision'),
        })),
      )
      .execute();
  }
  if (changed.length > 0) writing.wake('instruments');
  return changed.length;
}

/** Where a reader of all changes is: after this row. */
export interface ChangesPlace {
  readonly revision: number;
  readonly isin: string;
}

export const FIRST_CHANGE: ChangesPlace = { revision: 0, isin: '' };

/** The instruments that were changed after a place, in the order of their changes, and the place after them. */
export async function instrumentsChangedAfter(
  { db }: Reading,
  after: ChangesPlace,
  limit: number,
): Promise<{ readonly instruments: readonly Instrument[]; readonly place: ChangesPlace }> {
  const rows = await db
    .selectFrom('instruments')
    .selectAll()
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('revision', 'isin'), '>', tuple(after.revision, after.isin as Isin)),
    )
    .orderBy('revision')
    .orderBy('isin')
    .limit(limit)
    .execute();
  const last = rows.at(-1);
  return { instruments: rows.map(instrumentOf), place: last ?? after };
}

export async function countInstruments({ db }: Reading): Promise<number> {
  const { count } = await db
    .selectFrom('instruments')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

const instrumentOf = ({ revision: _revision, ...row }: InstrumentsRow): Instrument => ({
  id: instrumentId(row.isin),
  isin: row.isin,
  name: row.name,
  wkn: row.wkn,
  tradable: row.tradable === 1,
  fractional: row.fractional === 1,
  updatedAt: row.updated_at,
});

type InstrumentsRow = { readonly [C in keyof InstrumentsTable]: C extends 'isin' ? Isin : InstrumentsTable[C] };

const rowOf = ({ isin, name, wkn, tradable, fractional, updatedAt }: Instrument, revision: number): InstrumentsRow => ({
  isin,
  name,
  wkn,
  tradable: tradable ? 1 : 0,
  fractional: fractional ? 1 : 0,
  updated_at: updatedAt,
  revision,
});

/** The broker may have several of one ISIN: the newest counts, then the one that can be traded. */
function newestOfEach(instruments: readonly Instrument[]): Map<Isin, Instrument> {
  const newest = new Map<Isin, Instrument>();
  for (const each of instruments) {
    const before = newest.get(each.isin);
    if (before === undefined || isNewer(each, before)) newest.set(each.isin, each);
  }
  return newest;
}

function isNewer(a: Instrument, b: Instrument): boolean {
  if (a.updatedAt === null || b.updatedAt === null) return true;
  const order = compareDateTimes(a.updatedAt, b.updatedAt);
  return order > 0 || (order === 0 && (a.tradable || !b.tradable));
}

const isSame = (a: Instrument, b: Instrument): boolean =>
  a.name === b.name &&
  a.wkn === b.wkn &&
  a.tradable === b.tradable &&
  a.fractional === b.fractional &&
  a.updatedAt === b.updatedAt;

function* chunksOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < rows.length; from += CHUNK) yield rows.slice(from, from + CHUNK);
}
