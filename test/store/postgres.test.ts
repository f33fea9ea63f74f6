import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dateTime } from '../../src/domain/datetime.ts';
import type { AccountGroupId, PortfolioId } from '../../src/domain/ids.ts';
import {
  appendEvents,
  decodePosition,
  encodePosition,
  type NewLogEvent,
  readEvents,
  rememberAccountGroup,
  type Store,
  type Writing,
} from '../../src/store/index.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { eventually } from '../helpers/eventually.ts';
import { LOG_BEGINNING } from '../helpers/log.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';

const event = (type: string): NewLogEvent => ({
  portfolioId: null,
  source: 'GATEWAY',
  type,
  event: { kind: 'other', content: {} },
  objectId: null,
  occurredAt: dateTime(new Date(0)),
  receivedAt: 0,
});

describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  it('is migrated once by gateways that start together', async () => {
    const url = await server.createDatabase();
    const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgres({ url })));
    const [store] = stores;
    const migrated = await store?.read(({ db }) =>
      sql<{ name: string }>`select name from kysely_migration`.execute(db),
    );
    const names = migrated?.rows.map((row) => row.name) ?? [];
    expect(names).toContain('0001_begin');
    expect(new Set(names).size).toBe(names.length);
    for (const each of stores) await each.close();
  });

  it('lets requests of one account group be taken on at the same time', async () => {
    const store = await openPostgres({ url: await server.createDatabase() });
    const remember = (tx: Writing): Promise<void> =>
      rememberAccountGroup(tx, 'group-1' as AccountGroupId, 'P01F8ZSNV0J45R9DFZ3D7D8C26F' as PortfolioId);
    await store.write(remember);
    await store.write(async (tx) => {
      await remember(tx);
      // Would wait for the first one, which waits for it.
      await store.write(remember);
    });
    await store.close();
  });

  it('puts events of a restored database behind all cursors that were given out before', async () => {
    const url = await server.createDatabase();
    const before = await openPostgres({ url });
    await before.write((writing) => appendEvents(writing, [event('before')]));
    const [last] = await before.read((reading) => readEvents(reading, { after: LOG_BEGINNING, limit: 1 }));
    if (!last) throw new Error('no event');
    // As in a backup of another cluster, where transaction ids had come further.
    const cursor = encodePosition({ ...last, xid: last.xid + 1_000_000 });
    await before.write(({ db }) => db.updateTable('log_meta').set({ cluster: 'another one' }).execute());
    await before.close();
    const after = await openPostgres({ url });
    await after.write((writing) => appendEvents(writing, [event('after')]));
    const rows = await after.read((reading) =>
      readEvents(reading, { after: decodePosition(cursor) ?? LOG_BEGINNING, limit: 9 }),
    );
    expect(rows.map((row) => row.type)).toEqual(['after']);
    expect(rows[0]?.generation).toBe(last.generation + 1);
    await after.close();
    const again = await openPostgres({ url });
    await again.write((writing) => appendEvents(writing, [event('again')]));
    const all = await again.read((reading) => readEvents(reading, { after: LOG_BEGINNING, limit: 9 }));
    expect(all.map((row) => row.generation - last.generation)).toEqual([0, 1, 1]);
    await again.close();
  });

  it('loses nothing that was acknowledged when it is restarted, and is waited for', async () => {
    const url = await server.createDatabase();
    const troubles: string[] = [];
    const store = await openPostgres({ url, patienceMs: 20_000, onTrouble: (what) => troubles.push(what) });
    const other = await openPostgres({ url, patienceMs: 20_000 });
    let woken = 0;
    other.onWake('log', () => {
      woken += 1;
    });
    const acknowledged: string[] = [];
    let writing = true;
    const writer = async (name: string): Promise<void> => {
      for (let index = 0; writing; index += 1) {
        await store.write((tx) => appendEvents(tx, [event(`${name}-${index}`)]));
        acknowledged.push(`${name}-${index}`);
      }
    };
    const writers = ['a', 'b', 'c'].map(writer);
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(50));
    for (const mode of ['immediate', 'fast'] as const) {
      await server.restart(mode);
      const reached = acknowledged.length;
      await eventually(() => expect(acknowledged.length).toBeGreaterThan(reached + 20));
    }
    writing = false;
    await Promise.all(writers);
    const kept = new Set(await typesOf(store));
    expect(acknowledged.filter((type) => !kept.has(type))).toEqual([]);
    // The listener has come back too.
    await eventually(async () => {
      const before = woken;
      await store.write((tx) => appendEvents(tx, [event('wake')]));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(woken).toBeGreaterThan(before);
    });
    await store.close();
    await other.close();
  }, 60_000);

  it('does not wait for ever for a gateway that is paused within a transaction', async () => {
    const url = await server.createDatabase();
    const paused = await openPostgres({ url, patienceMs: 0 });
    const other = await openPostgres({ url });
    let resume = (): void => undefined;
    const pause = new Promise<void>((resolve) => {
      resume = resolve;
    });
    let locked = (): void => undefined;
    const hasLocked = new Promise<void>((resolve) => {
      locked = resolve;
    });
    const stuck = paused.write(async (writing) => {
      await writing.db.updateTable('log_meta').set({ trimmed_xid: 1 }).execute();
      locked();
      await pause;
      await writing.db.updateTable('log_meta').set({ trimmed_xid: 2 }).execute();
    });
    const lost = expect(stuck).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await hasLocked;
    await other.write(({ db }) => db.updateTable('log_meta').set({ trimmed_xid: 3 }).execute());
    resume();
    await lost;
    const kept = await other.read(({ db }) => db.selectFrom('log_meta').select('trimmed_xid').execute());
    expect(kept).toEqual([{ trimmed_xid: 3 }]);
    await paused.close();
    await other.close();
  });

  it('reports that it is unavailable when it stays away', async () => {
    const url = await server.createDatabase();
    const store = await openPostgres({ url, patienceMs: 200 });
    const answer = store.write(({ db }) => sql`select pg_terminate_backend(pg_backend_pid())`.execute(db));
    await expect(answer).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    await store.close();
    await expect(openPostgres({ url: 'postgres://nobody@127.0.0.1:1/none', patienceMs: 100 })).rejects.toThrow();
  });
});

const typesOf = (store: Store): Promise<string[]> =>
  store.read(async ({ db }) => (await db.selectFrom('event_log').select('type').execute()).map((row) => row.type));
