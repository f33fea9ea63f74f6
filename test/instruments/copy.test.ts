import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createUpvest } from '../../src/datasources/upvest/index.ts';
import { parseIsin } from '../../src/domain/instrument.ts';
import { InstrumentDirectory } from '../../src/instruments/index.ts';
import { instrumentCopy, instrumentsByIsin, openStore, type Store } from '../../src/store/index.ts';
import { FakeUpvest, page, problem } from '../datasources/upvest/fake-upvest.ts';
import { eventually } from '../helpers/eventually.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const isinOf = (at: number): string => `DE${String(at).padStart(9, '0')}0`;
const row = (at: number, more: object = {}) => ({
  id: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  isin: isinOf(at),
  wkn: `W${at}`,
  name: `Instrument ${at}`,
  fractional_trading: true,
  trading_status: 'ACTIVE',
  ...more,
});
const rowsTo = (count: number) => Array.from({ length: count }, (_, at) => row(at));

async function fakeUpvest(): Promise<FakeUpvest> {
  const fake = await new FakeUpvest().start();
  stops.push(() => fake.stop());
  return fake;
}

async function storeIn(dataDir = mkdtempSync(join(tmpdir(), 'instruments-'))): Promise<Store> {
  const store = await openStore({ dataDir });
  stops.push(
    () => store.close(),
    () => rmSync(dataDir, { recursive: true, force: true }),
  );
  return store;
}

function directory(
  fake: FakeUpvest,
  store: Store,
  onTrouble?: (what: string, error: unknown) => void,
): InstrumentDirectory {
  const upvest = createUpvest(fake.options);
  const made = new InstrumentDirectory({ store, upvest, tenant: 'one', pollMs: 20, onTrouble });
  made.start();
  let stopped: Promise<void> | undefined;
  const stop = made.stop.bind(made);
  Object.assign(made, { stop: () => (stopped ??= stop()) });
  stops.push(
    () => upvest.close(),
    () => made.stop(),
  );
  return made;
}

const count = (store: Store) =>
  store.read(async ({ db }) => (await db.selectFrom('instruments').select('isin').execute()).length);
const isCurrent = async (store: Store) => (await store.read(instrumentCopy)).checked_at !== null;
const current = (store: Store, wanted: number) =>
  eventually(async () => expect([await isCurrent(store), await count(store)]).toEqual([true, wanted]));

const one = async (store: Store, at: number) => {
  const isin = parseIsin(isinOf(at));
  if (isin === undefined) throw new Error('no ISIN');
  return (await store.read((reading) => instrumentsByIsin(reading, [isin]))).get(isin);
};

/** A directory that sorts as documented. */
const sorted = (rows: readonly ReturnType<typeof row>[], query: URLSearchParams) => {
  const field = query.get('sort') === 'updated_at' ? 'updated_at' : 'created_at';
  const up = [...rows].sort((a, b) => a[field].localeCompare(b[field]) || a.isin.localeCompare(b.isin));
  return page(query.get('order') === 'DESC' ? up.reverse() : up, query);
};

describe('the copy of the directory', () => {
  it('goes on where a gateway was stopped', async () => {
    const fake = await fakeUpvest();
    const store = await storeIn();
    let isDown = false;
    const offsets: string[] = [];
    fake.on('GET', '/instruments', ({ query }) => {
      if (query.get('sort') === 'created_at') {
        if (isDown) return problem(500, 'internal', 'down');
        offsets.push(query.get('offset') ?? '');
        isDown = query.get('offset') === '2000';
      }
      return sorted(rowsTo(4_500), query);
    });
    const first = directory(fake, store);
    await eventually(async () => expect((await store.read(instrumentCopy)).full_offset).toBe(3_000));
    await first.stop();
    isDown = false;
    directory(fake, store);
    await current(store, 4_500);
    expect(offsets).toEqual(['0', '1000', '2000', '3000', '4000']);
  });

  it('is sound whatever rows there are', async () => {
    const fake = await fakeUpvest();
    const store = await storeIn();
    const long = 'x'.repeat(10_000);
    const rows = [
      row(0, { isin: undefined }),
      row(1, { isin: '' }),
      row(2, { isin: 'no isin' }),
      row(3, { name: '', wkn: '' }),
      row(4, { name: null, wkn: null, trading_status: 'HALTED', fractional_trading: 'yes' }),
      row(5, { name: 'older', updated_at: '2026-01-01T00:00:00Z' }),
      row(5, { name: 'newer', updated_at: '2026-02-01T00:00:00Z' }),
      row(5, { name: 'oldest', updated_at: '2025-01-01T00:00:00Z' }),
      row(6, { name: long }),
      row(7, { isin: isinOf(7).toLowerCase(), updated_at: 'yesterday' }),
      row(8, { updated_at: '9999-12-31T00:00:00Z' }),
      null,
      'text',
      row(9, { name: 12 }),
    ];
    fake.on('GET', '/instruments', ({ query }) => page(rows, query));
    const made = directory(fake, store);
    await current(store, 7);
    expect(await one(store, 3)).toMatchObject({ name: isinOf(3), wkn: null });
    expect(await one(store, 4)).toMatchObject({ name: isinOf(4), wkn: null, tradable: false, fractional: false });
    expect((await one(store, 5))?.name).toBe('newer');
    expect((await one(store, 6))?.name).toBe(long);
    expect((await one(store, 8))?.updatedAt).toBeNull();
    const found = await made.search({ text: 'xxx', tradable: null, after: null, limit: 5 });
    expect(found.map(({ isin }) => isin)).toEqual([isinOf(6)]);
  });

  it('has every row though the pages move while they are read', async () => {
    const fake = await fakeUpvest();
    const store = await storeIn();
    const rows = rowsTo(3_000);
    let turn = 0;
    fake.on('GET', '/instruments', ({ query }) => {
      // The first pass misses a thousand rows: another page is in its place.
      if (query.get('sort') === 'created_at') turn += 1;
      if (query.get('sort') === 'created_at' && turn === 2)
        return page(rows, new URLSearchParams({ offset: '0', limit: '1000' }));
      return sorted(rows, query);
    });
    directory(fake, store);
    await current(store, 3_000);
  });

  it('has what has changed since, without reading all again', async () => {
    const fake = await fakeUpvest();
    const store = await storeIn();
    const rows = rowsTo(2_500);
    fake.on('GET', '/instruments', ({ query }) => sorted(rows, query));
    const first = directory(fake, store);
    await current(store, 2_500);
    await first.stop();
    rows[1_234] = row(1_234, { name: 'Renamed', updated_at: '2026-03-01T00:00:00Z' });
    const before = fake.callsTo('GET', '/instruments').length;
    // An hour later.
    await store.write(({ db }) => db.updateTable('instrument_copy').set({ checked_at: 0 }).execute());
    directory(fake, store);
    await eventually(async () => expect((await one(store, 1_234))?.name).toBe('Renamed'));
    await eventually(async () => expect((await store.read(instrumentCopy)).checked_at).toBeGreaterThan(0));
    expect(fake.callsTo('GET', '/instruments').length - before).toBeLessThanOrEqual(3);
  });

  it('is left to the gateway that took it over, which is no failure', async () => {
    const fake = await fakeUpvest();
    const store = await storeIn();
    const another = { lease_owner: 'another gateway', lease_until: 0 };
    let pages = 0;
    fake.on('GET', '/instruments', async ({ query }) => {
      pages += 1;
      if (pages === 2) {
        await store.write(({ db }) => db.updateTable('instrument_copy').set(another).execute());
      }
      return sorted(rowsTo(1_500), query);
    });
    const troubles: unknown[] = [];
    directory(fake, store, (_what, error) => troubles.push(error));
    await current(store, 1_500);
    // The page that was read when the lease was lost, and the same once more.
    expect(fake.callsTo('GET', '/instruments').map(({ query }) => query.get('offset'))).toEqual(
      expect.arrayContaining(['0', '0', '1000']),
    );
    expect(troubles).toEqual([]);
  });

  it('is made of full copies where the broker does not sort', async () => {
    const fake = await fakeUpvest();
    const store = await storeIn();
    fake.on('GET', '/instruments', ({ query }) =>
      query.has('sort') ? problem(400, 'bad_request', 'unknown parameter') : page(rowsTo(1_500), query),
    );
    directory(fake, store);
    await current(store, 1_500);
  });
});
