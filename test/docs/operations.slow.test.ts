import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { openStore } from '../../src/store/index.ts';
import { FINDING_KINDS } from '../../src/workflows/reconcile/index.ts';
import { build } from '../helpers/build.ts';
import { upstreamSettings } from '../helpers/command.ts';
import { eventually } from '../helpers/gateway.ts';
import { findBinaries, hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { startWorld, type World } from '../helpers/world.ts';

const PAGE = readFileSync('docs/operations.md', 'utf8');
/** Each line of the shell blocks. */
const LINES = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap((match) => (match[1] ?? '').trim().split('\n'));

const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
const bin = join(folder, 'bin');
const dataDir = join(folder, 'data');
let world: World;
beforeAll(async () => {
  build();
  // npx finds the program of the checkout that it runs in; here it is run from elsewhere, and faster.
  mkdirSync(bin);
  const program = join(process.cwd(), 'dist', 'cli.js');
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(join(bin, 'npx'), 0o755);
  world = await startWorld({ seed: [], gateway: { store: { dataDir } } });
}, 120_000);
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

function shell(line: string, settings: Record<string, string> = {}): Promise<{ code: unknown; output: string }> {
  const env = {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    DATA_DIR: dataDir,
    ...upstreamSettings(world),
    ...settings,
  };
  return new Promise((resolve) => {
    execFile('sh', ['-c', line], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
    );
  });
}

const ourLines = LINES.filter((line) => line.startsWith('npx invest-gateway '));
const isServe = (line: string): boolean => line.endsWith(' serve');

describe('the page on operations', () => {
  it.each(ourLines.filter((line) => !isServe(line)))('%s works beside a running gateway', async (line) => {
    const settings = line.includes('webhook') ? { PUBLIC_URL: world.url } : {};
    const { code, output } = await shell(line, settings);
    expect(code, output).toBe(0);
  });

  it('shows how to make a back-up that a gateway starts on', async () => {
    const restored = join(folder, 'restored');
    mkdirSync(restored);
    const { code, output } = await shell(`npx invest-gateway backup ${join(restored, 'gateway.db')}`);
    expect(code, output).toBe(0);
    await (await openStore({ dataDir: restored })).close();
  });

  it('shows how to run it', async () => {
    const lines = ourLines.filter(isServe);
    expect(lines).toHaveLength(1);
    const other = join(folder, 'other');
    const settings = { DATA_DIR: other, PORT: '0' };
    // sh gives way to the gateway, so that the signal reaches it.
    const line = (lines[0] ?? '').replace('npx', 'exec npx');
    const running = shell(`${line} >serve.log 2>&1 & echo $! >pid; wait $!`, settings);
    await eventually(() => expect(readFileSync(join(folder, 'serve.log'), 'utf8')).toContain('"listening"'));
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGTERM');
    expect((await running).code, readFileSync(join(folder, 'serve.log'), 'utf8')).toBe(0);
  });

  it('lists every metric, and no other', async () => {
    await world.ask('{ __typename }');
    const text = await (await fetch(`${world.url}/metrics`)).text();
    const there = [...text.matchAll(/^# TYPE (gateway_\w+) /gm)].map((match) => match[1] ?? '');
    const listed = [...PAGE.matchAll(/^\| `(gateway_\w+)` \|/gm)].map((match) => match[1] ?? '');
    expect([...listed].sort()).toEqual([...there].sort());
  });

  it('lists every command and every kind of finding', () => {
    for (const { name } of commands) expect(PAGE).toMatch(new RegExp(`^\\| \`${name}( verify)?\` \\|`, 'm'));
    for (const kind of FINDING_KINDS) expect(PAGE).toContain(`| \`${kind}\` |`);
  });

  it('has links that lead somewhere', () => {
    const links = [...PAGE.matchAll(/\]\(([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(dirname('docs/operations.md'), link)))).toEqual([]);
  });
});

describe.skipIf(!hasPostgres)('the page on operations, on PostgreSQL', () => {
  const lines = LINES.filter((line) => !line.startsWith('npx'));
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);

  it('shows how to back up and to restore', async () => {
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['pg_dump', 'pg_restore']);
    const [dump = '', restore = ''] = lines;
    const tools = { PATH: `${findBinaries() ?? ''}:${process.env['PATH'] ?? ''}` };
    const from = await server.createDatabase();
    const store = await openStore({ databaseUrl: from, dataDir: '' });
    const state = { name: 'kept', fence: 7 } as never;
    await store.write((writing) => writing.db.insertInto('locks').values(state).execute());
    expect(await shell(dump, { ...tools, DATABASE_URL: from })).toMatchObject({ code: 0 });
    await store.close();
    const to = await server.createDatabase();
    expect(await shell(restore, { ...tools, DATABASE_URL: to })).toMatchObject({ code: 0 });
    const restored = await openStore({ databaseUrl: to, dataDir: '' });
    const rows = await restored.read(({ db }) => db.selectFrom('locks').select(['name', 'fence']).execute());
    expect(rows).toEqual([{ name: 'kept', fence: 7 }]);
    await restored.close();
  });
});
