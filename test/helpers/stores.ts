import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { openPostgres } from '../../src/store/postgres.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { hasPostgres, startPostgres, type TestPostgres } from './postgres.ts';

/** Opens stores of one kind. */
export interface StoreKind {
  /**
   * A store on a new, empty database; with the clock of a test, where it has one. `folder`: where an embedded one lies, by default
   * among temporary files.
   */
  open(now?: () => number, folder?: string): Promise<Store>;
  /** A second gateway's store on the database of the last `open`; the embedded kind has none. */
  openAgain(now?: () => number): Promise<Store>;
}

/** A folder in memory, where the machine has one: for tests of so many commits that the disk would be what they measure. */
export const memoryFolder = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());

/** Runs one suite over both databases; each gets fresh ones from `kind.open`. Stores are closed afterwards. */
export function describeStores(title: string, suite: (kind: StoreKind, name: 'SQLite' | 'PostgreSQL') => void): void {
  describe(`${title} (SQLite)`, () => {
    const folders: string[] = [];
    const stores: Store[] = [];
    afterAll(async () => {
      for (const store of stores) await store.close();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
    const open = async (now?: () => number, folder = tmpdir()): Promise<Store> => {
      const dataDir = mkdtempSync(join(folder, 'gateway-db-'));
      folders.push(dataDir);
      const store = await openSqlite({ dataDir, now });
      stores.push(store);
      return store;
    };
    suite({ open, openAgain: () => Promise.reject(new Error('one gateway to a folder')) }, 'SQLite');
  });

  describe.skipIf(!hasPostgres)(`${title} (PostgreSQL)`, () => {
    let server: TestPostgres;
    let url: string;
    const stores: Store[] = [];
    beforeAll(async () => {
      server = await startPostgres();
    }, 60_000);
    afterAll(async () => {
      for (const store of stores) await store.close();
      await server.stop();
    }, 60_000);
    const connect = async (now?: () => number): Promise<Store> => {
      const store = await openPostgres({ url, now });
      stores.push(store);
      return store;
    };
    const openAgain = (now?: () => number): Promise<Store> => connect(now);
    const open = async (now?: () => number): Promise<Store> => {
      url = await server.createDatabase();
      return await connect(now);
    };
    suite({ open, openAgain }, 'PostgreSQL');
  });
}
