import { afterEach, expect, it } from 'vitest';
import { createUpvest } from '../../src/datasources/upvest/index.ts';
import { InstrumentDirectory } from '../../src/instruments/index.ts';
import { instrumentCopy, type Store } from '../../src/store/index.ts';
import { FakeUpvest, page } from '../datasources/upvest/fake-upvest.ts';
import { eventually } from '../helpers/eventually.ts';
import { describeStores } from '../helpers/stores.ts';

const COUNT = 4_500;
const ROWS = Array.from({ length: COUNT }, (_, at) => ({
  id: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  isin: `DE${String(at).padStart(9, '0')}0`,
  wkn: `W${at}`,
  name: `Instrument ${at}`,
  fractional_trading: true,
  trading_status: 'ACTIVE',
}));

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A store as a process has it: when that dies, nothing of it gets through any more. */
function mortal(store: Store): { readonly store: Store; readonly kill: () => void } {
  const life = { isDead: false };
  const alive = <T>(work: () => Promise<T>): Promise<T> => (life.isDead ? Promise.reject(new Error('killed')) : work());
  return {
    store: {
      ...store,
      kind: store.kind,
      now: store.now,
      writesFail: false,
      isShared: store.isShared,
      runtime: store.runtime,
      read: (work) => alive(() => store.read(work)),
      write: (work) => alive(() => store.write(work)),
      onWake: (topic, listener) => store.onWake(topic, listener),
      close: () => store.close(),
      abandon: () => undefined,
    },
    kill: () => {
      life.isDead = true;
    },
  };
}

function directory(fake: FakeUpvest, store: Store): InstrumentDirectory {
  const upvest = createUpvest(fake.options);
  const made = new InstrumentDirectory({ store, upvest, tenant: 'one', pollMs: 20 });
  made.start();
  stops.push(
    () => upvest.close(),
    () => made.stop(),
  );
  return made;
}

/** The directory at the broker, and the offsets of the full copy's pages that were asked for. `onPage` before each is answered. */
async function broker(onPage: (offset: string) => void = () => undefined) {
  const fake = await new FakeUpvest().start();
  stops.push(() => fake.stop());
  const offsets: string[] = [];
  fake.on('GET', '/instruments', ({ query }) => {
    if (query.get('sort') === 'created_at') {
      offsets.push(query.get('offset') ?? '');
      onPage(query.get('offset') ?? '');
    }
    return page(ROWS, query);
  });
  return { fake, offsets };
}

const isWhole = (store: Store) =>
  eventually(async () => {
    const { checked_at: checkedAt } = await store.read(instrumentCopy);
    const rows = await store.read(({ db }) => db.selectFrom('instruments').select('isin').execute());
    expect([checkedAt !== null, rows.length]).toEqual([true, COUNT]);
  });

describeStores('the copy of the directory', (kind, name) => {
  it('goes on where a gateway was killed, once its lease is over', async () => {
    let ahead = 0;
    const store = await kind.open(() => Date.now() + ahead);
    const first = mortal(store);
    const { fake, offsets } = await broker((offset) => {
      if (offset === '3000') first.kill();
    });
    directory(fake, first.store);
    await eventually(async () => expect((await store.read(instrumentCopy)).full_offset).toBe(3_000));
    await eventually(() => expect(offsets).toContain('3000'));
    ahead = 16_000;
    directory(fake, store);
    await isWhole(store);
    // Pages that the killed gateway had read and not committed are read again, and none before them.
    expect(offsets).toEqual(['0', '1000', '2000', '3000', '3000', '4000']);
  });

  it.skipIf(name === 'SQLite')('is made by one gateway of several, and found by all', async () => {
    const store = await kind.open();
    const { fake, offsets } = await broker();
    const gateways = [directory(fake, store), directory(fake, await kind.openAgain())];
    await isWhole(store);
    expect(offsets).toEqual(['0', '1000', '2000', '3000', '4000']);
    for (const gateway of gateways) {
      await eventually(async () => {
        const found = await gateway.search({ text: 'instrument 4321', tradable: null, after: null, limit: 5 });
        expect(found.map(({ isin }) => isin)).toEqual(['DE0000043210']);
      });
    }
  });
});
