import { expect, it } from 'vitest';
import { countRequests, readPause, type Store, takeTurns, trimAllowances, writePause } from '../../src/store/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { describeStores } from '../helpers/stores.ts';

const TURNS = { name: 'upstream', perSecond: 100, count: 10, burst: 5, maxWaitMs: 9_999.4 };

describeStores('rates of a fleet', (kind, name) => {
  /** The store, and on PostgreSQL a second gateway's. */
  const open = async (): Promise<readonly [Store, Store]> => {
    const store = await kind.open();
    return [store, name === 'PostgreSQL' ? await kind.openAgain() : store];
  };

  it('grants each token once', async () => {
    const stores = await open();
    const take = async (index: number): Promise<number> =>
      (await stores[index % 2]?.write((tx) => takeTurns(tx, TURNS))) ?? Number.NaN;
    const startedAt = performance.now();
    const ahead = await Promise.all(Array.from({ length: 20 }, (_, index) => take(index)));
    const elapsed = performance.now() - startedAt;
    // 20 slices of 100 ms: each begins where another ends, but for the time that has passed.
    const sorted = [...ahead].sort((a, b) => a - b);
    for (const [index, each] of sorted.entries()) {
      expect(each).toBeLessThanOrEqual(index * 100 + 5);
      expect(each).toBeGreaterThanOrEqual(index * 100 - elapsed - 50);
    }
  });

  it('takes nothing that would be too late', async () => {
    const [store] = await open();
    // So slow that the time which the test itself takes does not matter.
    const hasty = { ...TURNS, perSecond: 0.01, burst: 5, maxWaitMs: 500_000 };
    expect(await store.write((tx) => takeTurns(tx, hasty))).toBe(0);
    for (let times = 0; times < 2; times += 1) {
      expect(await store.write((tx) => takeTurns(tx, hasty))).toBeUndefined();
    }
    const patient = { ...hasty, maxWaitMs: 1_000_000 };
    expect(await store.write((tx) => takeTurns(tx, patient))).toBeLessThanOrEqual(1_000_000);
  });

  it('counts what was let through and lets through what is left, for all gateways', async () => {
    const stores = await open();
    const served = [{ name: 'a', served: 4, asked: 0 }];
    for (const store of stores) await store.write((tx) => countRequests(tx, 10, served));
    const asked = [
      { name: 'b', served: 0, asked: 3 },
      { name: 'a', served: 0, asked: 5 },
    ];
    const counted = await stores[1].write((tx) => countRequests(tx, 10, asked));
    expect(counted.map((each) => [each.name, each.granted])).toEqual([
      ['a', 2],
      ['b', 3],
    ]);
    expect(counted[0]?.fullInMs).toBeGreaterThan(50_000);
  });

  it('keeps a bucket overdrawn by one minute at most', async () => {
    const [store] = await open();
    const spent = [{ name: 'a', served: 1_000, asked: 1 }];
    const [counted] = await store.write((tx) => countRequests(tx, 10, spent));
    expect(counted?.granted).toBe(0);
    expect(counted?.fullInMs).toBeGreaterThan(110_000);
    expect(counted?.fullInMs).toBeLessThanOrEqual(120_000);
  });

  it('grants no more than the bucket holds to requests at the same time', async () => {
    const stores = await open();
    const ask = (index: number) =>
      (stores[index % 2] ?? stores[0]).write((tx) => countRequests(tx, 50, [{ name: 'a', served: 0, asked: 7 }]));
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index)));
    const granted = all.flat().reduce((sum, each) => sum + each.granted, 0);
    expect(granted).toBe(50);
  });

  it('keeps the longest pause of a name, and wakes its waiters', async () => {
    const [one, other] = await open();
    let woken = 0;
    const stop = one.onWake('pause', () => (woken += 1));
    for (const [store, ms] of [
      [one, 30_000],
      [other, 1_000],
    ] as const) {
      await store.write((tx) => writePause(tx, 'upstream', ms));
    }
    await eventually(() => expect(woken).toBe(2));
    stop();
    for (const store of [one, other]) {
      const leftMs = await store.read((reading) => readPause(reading, 'upstream'));
      expect(leftMs).toBeGreaterThan(10_000);
      expect(leftMs).toBeLessThanOrEqual(30_010);
      expect(await store.read((reading) => readPause(reading, 'another'))).toBe(0);
    }
    // Turns are counted apart from it.
    expect(await one.write((tx) => takeTurns(tx, TURNS))).toBe(0);
    await one.write((tx) => trimAllowances(tx, 0, 100));
    expect(await one.read((reading) => readPause(reading, 'upstream'))).toBeGreaterThan(0);
  });

  it('forgets buckets that are full', async () => {
    const [store] = await open();
    await store.write((tx) => countRequests(tx, 60_000, [{ name: 'quick', served: 1, asked: 0 }]));
    await store.write((tx) => countRequests(tx, 1, [{ name: 'slow', served: 1, asked: 0 }]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await store.write((tx) => trimAllowances(tx, 0, 100))).toBe(1);
    const left = await store.read(({ db }) => db.selectFrom('allowances').select('name').execute());
    expect(left).toEqual([{ name: 'slow' }]);
  });
});
