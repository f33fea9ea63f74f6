import { expect, it } from 'vitest';
import { InboxWorker } from '../../src/ingest/inbox-worker.ts';
import type { PortfolioFinder } from '../../src/ingest/portfolio-finder.ts';
import { type NewInboxEvent, type Store, storeEvents } from '../../src/store/index.ts';
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
  const worker = (store: Store, find: () => Promise<null>): InboxWorker => {
    // The rest of it is not asked by the worker.
    const finder = { known: async () => new Map(), find, forgetUnlinked: () => undefined } as Pick<
      PortfolioFinder,
      'known' | 'find' | 'forgetUnlinked'
    > as PortfolioFinder;
    return new InboxWorker({ store, finder, leaseMs: LEASE_MS, pollMs: 50 });
  };

  it('are renewed while work takes longer than the lease', async () => {
    const store = await kind.open();
    const other = name === 'PostgreSQL' ? await kind.openAgain() : store;
    let searches = 0;
    const slow = async (): Promise<null> => {
      searches += 1;
      await new Promise((resolve) => setTimeout(resolve, 4 * LEASE_MS));
      return null;
    };
    const workers = [worker(store, slow), worker(other, slow)];
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
});
