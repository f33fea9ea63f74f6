import { expect, it } from 'vitest';
import { InboxWorker } from '../../src/ingest/inbox-worker.ts';
import type { PortfolioFinder } from '../../src/ingest/portfolio-finder.ts';
import {
  claimEvents,
  finishEvents,
  type NewInboxEvent,
  returnEvents,
  type Store,
  storeEvents,
} from '../../src/store/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { cashEvent, wholeLog } from '../helpers/log.ts';
import { describeStores } from '../helpers/stores.ts';

const LEASE_MS = 400;

const received: NewInboxEvent = {
  source: 'UPVEST',
  eventId: 'one',
  type: 'CASH_BALANCE.UPDATED',
  subject: null,
  payload: JSON.stringify({ id: 'one', created_at: '2026-01-01T00:00:00Z', ...cashEvent('group-1') }),
};

describeStores('events that are leased', (kind, name) => {
  const worker = (
    store: Store,
    find: () => Promise<null>,
    { leaseMs = LEASE_MS, onTrouble }: { leaseMs?: number; onTrouble?: (what: string) => void } = {},
  ): InboxWorker => {
    // The rest of it is not asked by the worker.
    const finder = { known: async () => new Map(), find, forgetUnlinked: () => undefined } as Pick<
      PortfolioFinder,
      'known' | 'find' | 'forgetUnlinked'
    > as PortfolioFinder;
    return new InboxWorker({ store, finder, leaseMs, pollMs: 50, onTrouble });
  };

  it('are renewed while work takes longer than the lease', async () => {
    const store = await kind.open();
    const other = name === 'PostgreSQL' ? await kind.openAgain() : store;
    // Long for a busy machine: two thirds of it are left when it is renewed.
    const leaseMs = 6_000;
    let searches = 0;
    const leaseEnd = async (): Promise<number> =>
      (await store.read(({ db }) => db.selectFrom('inbox').select('lease_until').executeTakeFirst()))?.lease_until ?? 0;
    const slow = async (): Promise<null> => {
      searches += 1;
      const first = await leaseEnd();
      await eventually(async () => expect(await leaseEnd()).toBeGreaterThan(first));
      return null;
    };
    const workers = [worker(store, slow, { leaseMs }), worker(other, slow, { leaseMs })];
    for (const each of workers) each.start();
    await store.write((tx) => storeEvents(tx, [received]));
    await eventually(async () => expect((await wholeLog({ store })).length).toBe(1));
    expect(searches).toBe(1);
    for (const each of workers) await each.stop();
  });

  it('are taken over when their worker is gone', async () => {
    const store = await kind.open();
    await store.write((tx) => storeEvents(tx, [received]));
    await store.write(({ db, now }) =>
      db
        .updateTable('inbox')
        .set({ lease_owner: 'the dead', lease_until: now() + LEASE_MS })
        .execute(),
    );
    const alive = worker(store, async () => null);
    alive.start();
    await eventually(async () => expect((await wholeLog({ store })).length).toBe(1));
    await alive.stop();
  });

  it('hold back later events of their object, and no others', async () => {
    const store = await kind.open();
    const about = (eventId: string, subject: string): NewInboxEvent => ({ ...received, eventId, subject });
    const claim = { owner: 'another', limit: 1 };
    const [first] = await store.write(async (tx) => {
      await storeEvents(tx, [about('first', 'object')]);
      return await claimEvents(tx, { ...claim, until: tx.now() + 600_000 });
    });
    await store.write((tx) => storeEvents(tx, [about('second', 'object'), about('third', 'something else')]));
    const alive = worker(store, async () => null);
    alive.start();
    const states = async (): Promise<string[]> =>
      (await store.read(({ db }) => db.selectFrom('inbox').select(['event_id', 'state']).orderBy('id').execute())).map(
        ({ event_id: id, state }) => `${id} ${state}`,
      );
    await eventually(async () => expect(await states()).toContain('third WORKED'));
    expect(await states()).toEqual(['first RECEIVED', 'second RECEIVED', 'third WORKED']);
    await store.write((tx) => returnEvents(tx, claim.owner, [first?.id ?? 0], { dueAt: tx.now(), failed: false }));
    await eventually(async () => expect(await states()).not.toContain('second RECEIVED'));
    expect(await states()).toEqual(['first WORKED', 'second WORKED', 'third WORKED']);
    await alive.stop();
  });

  it('are not logged again by who has lost them', async () => {
    const store = await kind.open();
    let found = (_: null): void => undefined;
    const finding = new Promise<null>((resolve) => {
      found = resolve;
    });
    let searches = 0;
    const troubles: string[] = [];
    const paused = worker(
      store,
      () => {
        searches += 1;
        return finding;
      },
      { onTrouble: (what) => troubles.push(what) },
    );
    paused.start();
    await store.write((tx) => storeEvents(tx, [received]));
    await eventually(() => expect(searches).toBe(1));
    await store.write(async (tx) => {
      const rows = await tx.db.updateTable('inbox').set({ lease_owner: 'another' }).returning('id').execute();
      await finishEvents(
        tx,
        'another',
        rows.map(({ id }) => id),
      );
    });
    found(null);
    await eventually(() => expect(troubles).toContain('events were taken over by another gateway'));
    await paused.stop();
    expect(await wholeLog({ store })).toEqual([]);
  });
});
