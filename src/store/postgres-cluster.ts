import type pg from 'pg';

/**
 * Names one life of a database: the cluster, and its timeline, which a failover to a standby or a recovery to a point in
 * time raises.
 */
const IDENTITY = `select (select system_identifier::text from pg_control_system())
  || ':' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as identity`;

/**
 * Compares the timeline of a new connection's database with the one of the log's last write, and increases the log's
 * generation where they differ: after a restore transaction ids begin lower, and new events would sort before cursors
 * that were given out. Runs before the first use of every connection, so nothing is written in between.
 */
export async function enterCluster(client: pg.ClientBase, known: string | undefined): Promise<string> {
  const { rows } = await client.query<{ identity: string }>(IDENTITY);
  const identity = rows[0]?.identity ?? 'unknown';
  if (identity === known) return identity;
  await client.query('begin');
  try {
    const meta = await client.query<{ cluster: string }>('select cluster from log_meta where id = 1 for update');
    const before = meta.rows[0]?.cluster;
    if (before !== identity) {
      const step = before === '' ? 0 : 1;
      await client.query('update log_meta set cluster = $1, generation = generation + $2::int where id = 1', [
        identity,
        step,
      ]);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
  return identity;
}
