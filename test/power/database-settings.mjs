// Loaded before a gateway: its database syncs as POWER_SYNC says, and checkpoints so often that a short test sees many checkpoints, each
// followed by a WAL that begins anew. full: as it is; normal: commits are not synced; off: nothing is.
import { open } from 'node:fs/promises';
import Database from 'libsql';

const { POWER_SYNC } = process.env;
const { exec } = Database.prototype;
Database.prototype.exec = function withSettings(sql) {
  if (!sql.includes('synchronous =')) return exec.call(this, sql);
  exec.call(this, 'pragma wal_autocheckpoint = 60');
  return exec.call(this, POWER_SYNC === 'off' ? 'pragma synchronous = off' : sql);
};
if (POWER_SYNC !== 'full') {
  const file = await open(import.meta.filename);
  Object.getPrototypeOf(file).datasync = async () => undefined;
  await file.close();
}
