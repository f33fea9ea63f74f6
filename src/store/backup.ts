import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Libsql from 'libsql';
import { StoreUnavailableError } from '../errors.ts';

/**
 * Copies the embedded database as it is at one moment into one file, while a gateway goes on writing. The file is on disk
 * under its name when this returns, or not there at all. Throws a StoreUnavailableError where there is no database or the
 * file can't be made.
 */
export function backUpEmbedded(dataDir: string, file: string): void {
  const path = join(dataDir, 'gateway.db');
  if (!existsSync(path)) throw new StoreUnavailableError(`there is no database in ${dataDir}; set DATA_DIR`);
  if (existsSync(file)) throw new StoreUnavailableError(`${file} is there already; a back-up overwrites nothing`);
  const part = `${file}.part`;
  rmSync(part, { force: true });
  const database = new Libsql(path);
  try {
    database.prepare('vacuum into ?').run(part);
    chmodSync(part, 0o600);
    syncToDisk(part);
    renameSync(part, file);
    syncToDisk(dirname(file));
  } catch (error) {
    rmSync(part, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new StoreUnavailableError(`the back-up could not be made: ${why}`, { cause: error });
  } finally {
    database.close();
  }
}

function syncToDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
