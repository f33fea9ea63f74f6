// Loaded before a gateway: its database syncs as POWER_SYNC says (full, normal, off), and checkpoints so often that a short
// test sees many checkpoints, each followed by a WAL that begins anew.
import Database from 'libsql';

const { exec } = Database.prototype;
Database.prototype.exec = function withSettings(sql) {
  if (!sql.includes('synchronous = full')) return exec.call(this, sql);
  exec.call(this, 'pragma wal_autocheckpoint = 60');
  return exec.call(this, sql.replace('full', process.env.POWER_SYNC));
};
