import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import Libsql from 'libsql';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openStore, type Reading, tryToWrite, type Writing } from '../../src/store/index.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { type Held, held } from '../helpers/held.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-sqlite-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('makes its folder for its owner only, and damages no file at a power cut', async () => {
  const dataDir = join(folder, 'deep', 'data');
  const store = await openStore({ dataDir });
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  const pragma = (name: string) =>
    store.read(
      async ({ db }) => Object.values((await sql<object>`pragma ${sql.raw(name)}`.execute(db)).rows[0] ?? {})[0],
    );
  expect(await pragma('journal_mode')).toBe('wal');
  // 1 is NORMAL: the store syncs the log itself.
  expect(await pragma('synchronous')).toBe(1);
  await store.close();
});

/** Each sync of the log is answered by the test. */
async function heldDisk() {
  const file = await open(join(folder, 'any'), 'w');
  const syncs: Held[] = [];
  const datasync = vi.spyOn(Object.getPrototypeOf(file), 'datasync').mockImplementation(() => {
    const sync = held();
    syncs.push(sync);
    return sync.promise;
  });
  await file.close();
  const next = async (): Promise<Held> => {
    await expect.poll(() => syncs.length).toBeGreaterThan(0);
    return syncs.shift() ?? held();
  };
  return { next, release: () => datasync.mockRestore() };
}

const generation = (value: number) => (writing: Writing) =>
  writing.db.updateTable('log_meta').set({ generation: value }).execute();
const readGeneration = async ({ db }: Reading) =>
  (await db.selectFrom('log_meta').select('generation').executeTakeFirstOrThrow()).generation;

it('tells nobody of a commit before it is on disk, but of a lease, and lets others work meanwhile', async () => {
  const store = await openSqlite({ dataDir: folder });
  const disk = await heldDisk();
  const told: string[] = [];
  store.onWake('log', () => told.push('woken'));
  const write = store
    .write(async (writing) => {
      writing.wake('log');
      await generation(7)(writing);
    })
    .then(() => told.push('written'));
  const sync = await disk.next();
  const read = store.read(readGeneration).then((value) => told.push(`read ${value}`));
  await store.write((writing) => sql`select 1`.execute(writing.db), { mayBeLost: true });
  expect(told).toEqual([]);
  // A write shares the next sync with a lease that comes with it; the lease waits for neither.
  const later = store.write(generation(8)).then(() => told.push('later'));
  sync.resolve();
  await Promise.all([write, read]);
  expect([...told].sort()).toEqual(['read 7', 'woken', 'written']);
  (await disk.next()).resolve();
  await later;
  disk.release();
  expect(await store.read(readGeneration)).toBe(8);
  await store.close();
});

it('has a commit on disk that a lease shares', async () => {
  const store = await openSqlite({ dataDir: folder });
  const disk = await heldDisk();
  let isWritten = false;
  const lease = store.write((writing) => sql`select 1`.execute(writing.db), { mayBeLost: true });
  const write = store.write(generation(7)).then(() => {
    isWritten = true;
  });
  await lease;
  const sync = await disk.next();
  expect(isWritten).toBe(false);
  sync.resolve();
  await write;
  disk.release();
  await store.close();
});

it('acknowledges nothing while the disk fails, and goes on when all is on it', async () => {
  const store = await openSqlite({ dataDir: folder });
  const disk = await heldDisk();
  const write = store.write(generation(7));
  const seen = expect(write).rejects.toThrow('cannot be written');
  (await disk.next()).reject(new Error('EIO'));
  await seen;
  expect(store.writesFail).toBe(true);
  disk.release();
  // Another process reads the log, so it can't be copied whole.
  const reader = new Libsql(join(folder, 'gateway.db'));
  reader.exec('begin; select * from log_meta');
  await expect(store.read(readGeneration)).rejects.toThrow('cannot be written');
  reader.exec('rollback');
  expect(await store.read(readGeneration)).toBe(7);
  await store.write(generation(8));
  expect(store.writesFail).toBe(false);
  reader.close();
  await store.close();
});

it('rolls a transaction back that fails by itself, and goes on', async () => {
  const store = await openSqlite({ dataDir: folder });
  const failing = async (writing: Writing) => {
    await generation(7)(writing);
    throw new Error('refused');
  };
  await expect(store.write(failing)).rejects.toThrow('refused');
  await expect(store.write((writing) => sql`select 1 from nowhere`.execute(writing.db))).rejects.toThrow('nowhere');
  await store.write(generation(8));
  expect(await store.read(({ db }) => db.selectFrom('log_meta').select('generation').execute())).toEqual([
    { generation: 8 },
  ]);
  await store.close();
});

it('changes its tables as a whole or not at all: an update that did not get through can be begun again', async () => {
  const blocking = new Libsql(join(folder, 'gateway.db'));
  // The first migration makes many tables, and fails at this one.
  blocking.exec('create table audit (id integer)');
  await expect(openSqlite({ dataDir: folder })).rejects.toThrow('migrated');
  expect(blocking.prepare("select name from sqlite_master where name = 'workflows'").all()).toEqual([]);
  blocking.exec('drop table audit');
  blocking.close();
  await (await openSqlite({ dataDir: folder })).close();
});

it('lets no second gateway into its folder, but tools, and is free again when closed', async () => {
  const first = await openSqlite({ dataDir: folder });
  await expect(openSqlite({ dataDir: folder })).rejects.toThrow('another gateway is using');
  const tool = await openSqlite({ dataDir: folder, exclusive: false });
  await tool.write((writing) => writing.db.updateTable('log_meta').set({ generation: 7 }).execute());
  expect(await first.read(({ db }) => db.selectFrom('log_meta').select('generation').execute())).toEqual([
    { generation: 7 },
  ]);
  await tool.close();
  await first.close();
  await (await openSqlite({ dataDir: folder })).close();
});

it('waits for the lock of another process without holding up anything else', async () => {
  const store = await openSqlite({ dataDir: folder });
  const holder = spawn(
    process.execPath,
    [
      '-e',
      `const D = require('libsql'); const l = new D(${JSON.stringify(join(folder, 'gateway.db'))}); l.exec('begin immediate'); console.log('held'); process.stdin.once('data', () => l.exec('rollback'))`,
    ],
    { cwd: join(import.meta.dirname, '..', '..'), stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  let written = false;
  const writing = store
    .write((tx) => tx.db.updateTable('log_meta').set({ generation: 9 }).execute())
    .then(() => {
      written = true;
    });
  // All of this goes on while the write waits.
  for (let turns = 0; turns < 20; turns += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    await store.read(({ db }) => db.selectFrom('log_meta').select('generation').execute());
  }
  expect(written).toBe(false);
  holder.stdin.write('go');
  await writing;
  holder.kill('SIGKILL');
  await store.close();
});

it('says while nothing can be written, and when that is over', async () => {
  const store = await openSqlite({ dataDir: folder });
  const limit = (pages: number) =>
    store.read(({ db }) => sql`pragma max_page_count = ${sql.raw(String(pages))}`.execute(db));
  await limit(1);
  await expect(store.write(tryToWrite)).rejects.toThrow('cannot be written');
  expect(store.writesFail).toBe(true);
  await limit(100_000);
  await store.write(tryToWrite);
  expect(store.writesFail).toBe(false);
  await store.close();
});

it('is free again when the process that had it was killed', async () => {
  const holder = spawn(
    process.execPath,
    [
      '-e',
      `const D = require('libsql'); const l = new D(${JSON.stringify(join(folder, 'gateway.lock'))}); l.exec('begin exclusive'); console.log('held'); setInterval(() => {}, 1000)`,
    ],
    { cwd: join(import.meta.dirname, '..', '..'), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  await expect(openSqlite({ dataDir: folder })).rejects.toThrow('another gateway is using');
  const ended = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await ended;
  await (await openSqlite({ dataDir: folder })).close();
});

it('keeps what it has across a restart, and refuses to write when closed', async () => {
  const first = await openSqlite({ dataDir: folder });
  await first.write((writing) => writing.db.updateTable('log_meta').set({ generation: 3 }).execute());
  await first.close();
  await expect(first.write(async () => undefined)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    retryable: true,
  });
  const second = await openSqlite({ dataDir: folder });
  expect(await second.read(({ db }) => db.selectFrom('log_meta').select('generation').execute())).toEqual([
    { generation: 3 },
  ]);
  await second.close();
});

it('goes on with a database that a newer gateway has migrated', async () => {
  const first = await openSqlite({ dataDir: folder });
  await first.write(({ db }) =>
    sql`insert into kysely_migration (name, timestamp) values ('9999_future', 'x')`.execute(db),
  );
  await first.close();
  await (await openSqlite({ dataDir: folder })).close();
});
