import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { combineSeeds, type Standins, startStandins } from '../../src/standins/index.ts';
import { openStore } from '../../src/store/index.ts';
import { postgresTrouble, refuseOldPostgres } from '../../src/store/store-trouble.ts';
import { build } from '../helpers/build.ts';
import { upstreamSettings } from '../helpers/command.ts';
import { freePort } from '../helpers/http.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';

/** What plays both upstreams in a program of its own would be most of the time of its start. */
let standins: Standins;
beforeAll(async () => {
  build();
  standins = await startStandins({ seed: combineSeeds() });
}, 120_000);
afterAll(() => standins.stop());
// Each is some starts of the program.
vi.setConfig({ testTimeout: 60_000 });

/** Root may do everything with every file: then the program is run as nobody. */
const nobody =
  process.getuid?.() === 0
    ? { uid: Number(execFileSync('id', ['-u', 'nobody'])), gid: Number(execFileSync('id', ['-g', 'nobody'])) }
    : undefined;

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** The program on a database, until it ends; one that goes on is a failure of the test. */
function run(args: readonly string[], settings: Record<string, string>, limit = ''): Promise<Ended> {
  const command = `${limit} exec "$0" dist/cli.js "$@"`;
  const child = spawn('sh', ['-c', command, process.execPath, ...args], {
    ...nobody,
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...upstreamSettings(standins), ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })));
}

const COMMANDS: readonly (readonly string[])[] = [
  ['serve'],
  ['audit', 'verify'],
  ['inbox', 'list'],
  ['inbox', 'replay', '1'],
];

/** The gateway, and one of the commands, which open it in the same way: what a trouble is called does not depend on who meets it. */
const TWO = COMMANDS.filter(([name]) => name !== 'inbox');

const NAMED = COMMANDS.map((command) => [command.join(' '), command] as const);

/** One line, that says which file or server, what, and no more. */
function expectOneLine({ code, stderr }: Ended, ...said: readonly (string | RegExp)[]): void {
  expect([code, stderr.trimEnd().split('\n')]).toEqual([1, [expect.stringMatching(/^invest-gateway: /)]]);
  for (const each of said) expect(stderr).toMatch(each);
}

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-trouble-'));
  dataDir = join(folder, 'data');
  if (nobody !== undefined) chownSync(folder, nobody.uid, nobody.gid);
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

/** A database as a gateway left it. */
async function database(): Promise<string> {
  const store = await openStore({ dataDir });
  await store.close();
  if (nobody !== undefined) execFileSync('chown', ['-R', `${nobody.uid}:${nobody.gid}`, dataDir]);
  return join(dataDir, 'gateway.db');
}

const file = (): string => join(dataDir, 'gateway.db');

describe('an embedded database that can’t be used is reported in one line', () => {
  it.each(NAMED)('where it is no database: %s', async (_name, command) => {
    mkdirSync(dataDir, { mode: 0o777 });
    writeFileSync(file(), 'x'.repeat(8_192));
    if (nobody !== undefined) execFileSync('chown', ['-R', `${nobody.uid}:${nobody.gid}`, dataDir]);
    expectOneLine(await run(command, { DATA_DIR: dataDir }), file(), 'is not a database; put a back-up in its place');
  });

  it('where it is damaged', async () => {
    const path = await database();
    const whole = new Libsql(path);
    whole.exec('pragma wal_checkpoint(truncate)');
    whole.close();
    const handle = openSync(path, 'r+');
    for (let at = 4_096; at < statSync(path).size; at += 4_096)
      writeSync(handle, Buffer.alloc(4_096, 0xa5), 0, 4_096, at);
    closeSync(handle);
    for (const command of TWO)
      expectOneLine(await run(command, { DATA_DIR: dataDir }), file(), 'is damaged; put a back-up in its place');
  });

  it('where it may only be read', async () => {
    const path = await database();
    for (const name of readdirSync(dataDir)) chmodSync(join(dataDir, name), 0o400);
    chmodSync(dataDir, 0o500);
    expectOneLine(
      await run(['serve'], { DATA_DIR: dataDir }),
      dataDir,
      "can't be read and written; let the gateway's user",
    );
    expectOneLine(await run(['inbox', 'replay', '1'], { DATA_DIR: dataDir }), path, "can't be read and written");
    chmodSync(dataDir, 0o700);
  });

  it('where it may not even be read', async () => {
    const path = await database();
    chmodSync(path, 0);
    for (const command of TWO) {
      expectOneLine(await run(command, { DATA_DIR: dataDir }), path, "can't be read and written");
    }
  });

  it('where the folder can’t be made, is a file, or the file is a folder', async () => {
    writeFileSync(join(folder, 'file'), '');
    for (const DATA_DIR of [join(folder, 'file'), join(folder, 'file', 'below')]) {
      expectOneLine(await run(['serve'], { DATA_DIR }), DATA_DIR, 'is not a folder; set DATA_DIR');
    }
    mkdirSync(join(dataDir, 'gateway.db'), { recursive: true, mode: 0o777 });
    if (nobody !== undefined) execFileSync('chown', ['-R', `${nobody.uid}:${nobody.gid}`, dataDir]);
    for (const command of TWO) {
      expectOneLine(await run(command, { DATA_DIR: dataDir }), file(), 'is a folder where a file should be');
    }
    chmodSync(folder, 0o500);
    const DATA_DIR = join(folder, 'new');
    expectOneLine(await run(['serve'], { DATA_DIR }), DATA_DIR, "can't be read and written");
  });

  it('where the disk is full', async () => {
    // No file may be longer than 8 KiB: to SQLite that is a disk without room.
    const ended = await run(['serve'], { DATA_DIR: dataDir }, "trap '' XFSZ; ulimit -f 16;");
    expectOneLine(ended, dataDir, /is full; make room|could not be read or written/);
  });

  it('where it is that of a newer gateway', async () => {
    const store = await openStore({ dataDir });
    await store.write(({ db }) => db.insertInto('schema_floor').values({ migration: '9999_next' }).execute());
    await store.close();
    if (nobody !== undefined) execFileSync('chown', ['-R', `${nobody.uid}:${nobody.gid}`, dataDir]);
    for (const command of TWO) {
      expectOneLine(await run(command, { DATA_DIR: dataDir }), '9999_next', 'start a newer version');
    }
  });
});

describe('the files of the embedded database', () => {
  it('are their owner’s alone, in a folder that was open to all, and after an upgrade', async () => {
    mkdirSync(dataDir, { mode: 0o755 });
    const modes = () =>
      readdirSync(dataDir).map((name) => [name, (statSync(join(dataDir, name)).mode & 0o777).toString(8)]);
    const store = await openStore({ dataDir });
    await store.write(({ db }) => db.insertInto('schema_floor').values({ migration: '0001_begin' }).execute());
    expect(modes().length).toBeGreaterThan(3);
    expect(modes().filter(([, mode]) => mode !== '600')).toEqual([]);
    await store.close();
    for (const name of readdirSync(dataDir)) chmodSync(join(dataDir, name), 0o644);
    const again = await openStore({ dataDir });
    expect(modes().filter(([, mode]) => mode !== '600')).toEqual([]);
    await again.close();
  });
});

describe.skipIf(!hasPostgres)('a PostgreSQL that can’t be used is reported in one line', () => {
  let server: TestPostgres;
  let url: URL;
  beforeAll(async () => {
    server = await startPostgres();
    url = new URL(await server.createDatabase());
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query("create role weak login password 'right'");
    await client.query('revoke create on schema public from public');
    await client.end();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);

  const changed = (change: (url: URL) => void): Record<string, string> => {
    const other = new URL(url.href);
    change(other);
    return { DATABASE_URL: other.href };
  };

  it('where it can’t be reached', async () => {
    const port = await freePort();
    const settings = changed((other) => {
      other.port = String(port);
      other.password = 'the-secret';
    });
    for (const command of [['serve'], ['audit', 'verify']]) {
      const ended = await run(command, settings);
      expectOneLine(ended, `PostgreSQL at 127.0.0.1:${port} can't be reached`, 'ECONNREFUSED');
      expect(ended.stderr).not.toContain('the-secret');
    }
  });

  it.each([
    ['a database that is not there', (other: URL) => (other.pathname = '/none'), 'has no such database'],
    ['a user that is not there', (other: URL) => (other.username = 'none'), 'refuses the user or the password'],
    ['a user without rights', (other: URL) => (other.username = 'weak'), 'may not do what is needed'],
    ['TLS that it does not have', (other: URL) => (other.search = '?sslmode=verify-full'), 'no TLS connection'],
  ])('with %s', async (_what, change, said) => {
    expectOneLine(await run(['serve'], changed(change)), said, url.host);
  });

  it('where it is too old, or refuses the password', () => {
    expect(() => refuseOldPostgres(130_011, url.href)).toThrow(/is of version 13; version 14 or newer is needed/);
    refuseOldPostgres(140_000, url.href);
    const refused = Object.assign(new Error('password authentication failed for user "x"'), { code: '28P01' });
    expect(postgresTrouble(refused, 'postgres://u:the-secret@db/x').message).toBe(
      'PostgreSQL at db refuses the user or the password of DATABASE_URL',
    );
  });
});
