import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Returns once the content of a file, or the names in a folder, would survive a power cut. */
export function syncToDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Makes a folder and those above it where they are missing, for their owner only. Their names are synced too: SQLite syncs its
 * files, but a new folder whose name is not on the disk is gone after a power cut, with all that was acknowledged.
 */
export function makeFolderOnDisk(folder: string): void {
  const path = resolve(folder);
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  const top = first === undefined ? path : resolve(first);
  // Also of a folder that was there: the process that made it may have been killed before it synced.
  for (let made = path; made.length >= top.length; made = dirname(made)) {
    syncIfAllowed(dirname(made));
    if (made === top) return;
  }
}

/** A folder above that may not be read was not made by us; some file systems refuse to sync a folder: SQLite skips those too. */
function syncIfAllowed(folder: string): void {
  try {
    syncToDisk(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EINVAL' && code !== 'EISDIR') throw error;
  }
}
