import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './http.ts';

/** A PostgreSQL of the tests' own: in a temporary folder, on a free loopback port, run by an ordinary user. */
export interface TestPostgres {
  /** A new, empty database on it. */
  createDatabase(): Promise<string>;
  /** Stops the server at once (immediate: as in a crash) and starts it on the same folder and port. */
  restart(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Stops the server and starts it on another port, which is answered. */
  move(): Promise<number>;
  /** A standby that has every commit before it is confirmed. */
  standby(): Promise<Standby>;
  /** Stops the server for good. */
  halt(): Promise<void>;
  stop(): Promise<void>;
}

export interface Standby {
  readonly port: number;
  /** Makes it the primary. */
  promote(): Promise<void>;
}

const binFolder = findBinaries();

/** True where PostgreSQL's binaries are found, or must be (CI): then a missing one fails instead of being left out. */
export const hasPostgres: boolean = binFolder !== undefined || process.env['CI'] === 'true';

if (!hasPostgres) process.stdout.write('PostgreSQL is not on this machine: its half of the store tests is left out.\n');

/** Those of the folder POSTGRES_BIN, where it is set; else the newest of Debian's, else those of the PATH. */
export function findBinaries(): string | undefined {
  const chosen = process.env['POSTGRES_BIN'];
  if (chosen !== undefined) return chosen;
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return folders.find(
    (folder) => folder !== '' && existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** PostgreSQL refuses to run as root; then it runs as the user `postgres`, or `nobody`. */
function ordinaryUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const found = spawnSync('id', ['-u', name], { encoding: 'utf8' });
    if (found.status === 0) {
      const gid = execFileSync('id', ['-g', name], { encoding: 'utf8' });
      return { uid: Number(found.stdout), gid: Number(gid) };
    }
  }
  throw new Error('no ordinary user to run PostgreSQL as');
}

export async function startPostgres(settings: readonly string[] = ['fsync=off']): Promise<TestPostgres> {
  if (binFolder === undefined) throw new Error('PostgreSQL (initdb, postgres) was not found on this machine');
  const user = ordinaryUser();
  const folder = mkdtempSync(join(tmpdir(), 'gateway-pg-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  execFileSync(
    join(binFolder, 'initdb'),
    ['-D', data, '-U', 'gateway', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'],
    {
      ...user,
      cwd: folder,
      stdio: 'pipe',
    },
  );
  let port = await freePort();
  const argsOf = (dataFolder: string, at: number): string[] => {
    const common = ['-D', dataFolder, '-p', String(at), '-k', folder, '-c', 'listen_addresses=127.0.0.1'];
    // A suite opens a store for each of its tests and closes them at its end; a server takes 100 connections by default.
    common.push('-c', 'max_connections=400');
    return [...common, ...settings.flatMap((setting) => ['-c', setting])];
  };
  const urlOf = (database: string): string => `postgres://gateway@127.0.0.1:${port}/${database}`;
  const begin = async (): Promise<ChildProcess> => {
    const child = spawn(join(binFolder, 'postgres'), argsOf(data, port), { ...user, cwd: folder, stdio: 'ignore' });
    await untilItAnswers(urlOf('postgres'));
    return child;
  };
  let server = await begin();
  let second: ChildProcess | undefined;
  const killAtExit = (): void => {
    second?.kill('SIGQUIT');
    server.kill('SIGQUIT');
  };
  process.once('exit', killAtExit);
  const end = async (signal: NodeJS.Signals, which: ChildProcess | undefined = server): Promise<void> => {
    if (which === undefined || which.exitCode !== null) return;
    const ended = new Promise((resolve) => which.once('exit', resolve));
    which.kill(signal);
    await ended;
  };
  let databases = 0;
  return {
    createDatabase: async () => {
      databases += 1;
      const name = `test_${databases}`;
      await run(urlOf('postgres'), `create database ${name}`);
      return urlOf(name);
    },
    restart: async (mode = 'fast') => {
      await end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      server = await begin();
    },
    move: async () => {
      await end('SIGINT');
      port = await freePort();
      server = await begin();
      return port;
    },
    standby: async () => {
      const copy = join(folder, 'standby');
      const standbyPort = await freePort();
      const from = ['-h', '127.0.0.1', '-p', String(port), '-U', 'gateway'];
      const how = { ...user, cwd: folder };
      execFileSync(join(binFolder, 'pg_basebackup'), [...from, '-D', copy, '-R', '-c', 'fast'], how);
      second = spawn(join(binFolder, 'postgres'), argsOf(copy, standbyPort), { ...how, stdio: 'ignore' });
      const standbyUrl = `postgres://gateway@127.0.0.1:${standbyPort}/postgres`;
      await untilItAnswers(standbyUrl);
      await run(urlOf('postgres'), "alter system set synchronous_standby_names = '*'");
      await run(urlOf('postgres'), 'select pg_reload_conf()');
      return {
        port: standbyPort,
        promote: async () => {
          await run(standbyUrl, "alter system set synchronous_standby_names = ''");
          await run(standbyUrl, 'select pg_promote()');
        },
      };
    },
    halt: () => end('SIGINT'),
    stop: async () => {
      await end('SIGINT', second);
      await end('SIGINT');
      process.off('exit', killAtExit);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function run(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function untilItAnswers(url: string): Promise<void> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    try {
      return await run(url, 'select 1');
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
