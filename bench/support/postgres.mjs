import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { eventually, freePort, start } from './processes.mjs';

/**
 * A PostgreSQL of the bench's own with its default settings, hence with fsync: on a free loopback port, in a temporary
 * folder, run by an ordinary user. Undefined where its binaries are not found.
 */
export async function startPostgres() {
  const binaries = findBinaries();
  if (binaries === undefined) return undefined;
  const user = ordinaryUser();
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-pg-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const how = { ...user, cwd: folder };
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'gateway', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...how, stdio: 'pipe' },
  );
  const port = await freePort();
  const args = ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1'];
  const server = start(join(binaries, 'postgres'), args, how);
  const urlOf = (database) => `postgres://gateway@127.0.0.1:${port}/${database}`;
  const url = urlOf('postgres');
  await eventually(() => query(url, 'select 1'));
  let databases = 0;
  return {
    folder,
    pid: server.child.pid,
    async createDatabase() {
      databases += 1;
      await query(url, `create database bench_${databases}`);
      return urlOf(`bench_${databases}`);
    },
    version: (await query(url, 'show server_version')).rows[0].server_version,
    async end() {
      await server.end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function query(url, text, values = []) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(text, values);
  } finally {
    await client.end();
  }
}

function findBinaries() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  return folders.find(
    (folder) => folder !== '' && existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** PostgreSQL does not run as root. */
function ordinaryUser() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const found = spawnSync('id', ['-u', name], { encoding: 'utf8' });
    if (found.status !== 0) continue;
    return { uid: Number(found.stdout), gid: Number(execFileSync('id', ['-g', name], { encoding: 'utf8' })) };
  }
  throw new Error('no ordinary user to run PostgreSQL as');
}
