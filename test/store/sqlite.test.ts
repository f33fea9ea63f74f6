import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import Libsql from 'libsql';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openStore, type Reading, tryToWrite, type Writing } from '../../src/store/index.ts';
import { openSqlite } from '../../src/store/sqlite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-sqlite-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('makes its folder for its owner only, and has every commit on disk', async () => {
  const dataDir = join(folder, 'deep', 'data');
  const store = await openStore({ dataDir });
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  const pragma = (name: string) =>
    store.read(
      async ({ db }) => Object.values((await sql<object>`pragma ${sql.raw(name)}`.execute(db)).rows[0] ?? {})[0],
    );
  expect(await pragma('journal_mode')).toBe('wal');
  // 2 is FULL.
  expect(await pragma('synchronous')).toBe(2);
  await store.close();
});

it('has a lease on disk with the next commit, and everything else when it is told', async () => {
  const store = await openSqlite({ dataDir: folder });
  const synchronous = async ({ db }: Reading): Promise<unknown> =>
    Object.values((await sql<object>`pragma synchronous`.execute(db)).rows[0] ?? {})[0];
  const lease = { mayBeLost: true };
  // 1 is NORMAL.
  expect(await store.write(synchronous, lease)).toBe(1);
  expect(await store.write(synchronous)).toBe(2);
  expect(await Promise.all([store.write(synchronous, lease), store.write(synchronous)])).toEqual([2, 2]);
  const failing = () => Promise.reject(new Error('refused'));
  await expect(store.write(failing, lease)).rejects.toThrow('refused');
  expect(await store.write(synchronous)).toBe(2);
  await store.close();
});

it('promises nothing while the database can not be told to sync', async () => {
  const store = await openSqlite({ dataDir: folder });
  const synchronous = async ({ db }: Reading): Promise<unknown> =>
    Object.values((await sql<object>`pragma synchronous`.execute(db)).rows[0] ?? {})[0];
  const exec = vi.spyOn(Libsql.prototype, 'exec');
  await store.write(synchronous, { mayBeLost: true });
  exec.mockImplementationOnce(() => {
    throw new Error('out of memory');
  });
  await expect(store.write(synchronous)).rejects.toThrow('cannot be written');
  expect(await store.write(synchronous)).toBe(2);
  exec.mockRestore();
  await store.close();
});

it('rolls a transaction back that fails by itself, and goes on', async () => {
  const store = await openSqlite({ dataDir: folder });
  const generation = (value: number) => (writing: Writing) =>
    writing.db.updateTable('log_meta').set({ generation: value }).execute();
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
