import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Libsql from 'libsql';
import { StoreUnavailableError } from '../errors.ts';
import { embeddedTrouble } from './store-trouble.ts';
import { syncToDisk } from './sync-to-disk.ts';

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
  let database: Libsql.Database | undefined;
  try {
    rmSync(part, { force: true });
    // Private from the first byte on; SQLite takes an empty file.
    closeSync(openSync(part, 'w', 0o600));
    database = new Libsql(path);
    database.prepare('vacuum into ?').run(part);
    syncToDisk(part);
    renameSync(part, file);
    syncToDisk(dirname(file));
  } catch (error) {
    rmSync(part, { force: true });
    throw new StoreUnavailableError(`the back-up could not be made: ${whyNot(error, { path, part })}`, {
      cause: error,
    });
  } finally {
    database?.close();
  }
}

/** The database can't be read, or the copy not be written. */
function whyNot(error: unknown, { path, part }: { readonly path: string; readonly part: string }): string {
  const isOfDatabase = error instanceof Error && 'code' in error && /^SQLITE_(NOTADB|CORRUPT)/.test(String(error.code));
  const isUnopened = error instanceof Error && error.message.includes('Unable to open connection');
  if (isOfDatabase || isUnopened) return embeddedTrouble(error, path).message;
  return `${part}: ${error instanceof Error ? error.message : String(error)}`;
}
