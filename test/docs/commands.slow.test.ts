import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildASTSchema, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../helpers/build.ts';
import { eventually } from '../helpers/eventually.ts';
import { freePort } from '../helpers/http.ts';

const PAGE = readFileSync('docs/embedding.md', 'utf8');
const LINES = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap((match) => (match[1] ?? '').trim().split('\n'));

const folder = mkdtempSync(join(tmpdir(), 'gateway-docs-'));
beforeAll(() => {
  build();
  // npx finds the program of the checkout; this is the same, faster.
  mkdirSync(join(folder, 'bin'));
  const program = join(process.cwd(), 'dist', 'cli.js');
  writeFileSync(join(folder, 'bin', 'npx'), `#!/bin/sh\nshift\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(join(folder, 'bin', 'npx'), 0o755);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shell(line: string, settings: Record<string, string> = {}) {
  const child = spawn('sh', ['-c', `exec ${line}`], {
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, output: () => output };
}

describe('the page on embedding', () => {
  it('has commands that are run here', () => {
    expect(LINES).toEqual(['npm run example express', 'npx invest-gateway schema --federation']);
  });

  it('runs an example in front of stand-ins, with webhooks, and stops it', async () => {
    const port = await freePort();
    const { child, ended, output } = shell(LINES[0] ?? '', { PORT: String(port) });
    await eventually(async () => {
      expect(child.exitCode, output()).toBeNull();
      expect(await (await fetch(`http://127.0.0.1:${port}/hello`)).text()).toBe('hello from Express');
    }, 40_000);
    const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ portfolios(first: 1) { edges { node { cashBalance { balance } } } } }' }),
    });
    expect(await answer.json()).toMatchObject({ data: { portfolios: { edges: [{}] } } });
    // As Ctrl+C does: all of its processes are told.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    await ended;
    await expect(fetch(`http://127.0.0.1:${port}/hello`)).rejects.toThrow();
  }, 60_000);

  it('prints a schema to compose with', async () => {
    const { ended, output } = shell(LINES[1] ?? '');
    expect(await ended, output()).toBe(0);
    expect(output()).toContain('type Portfolio implements Node @key(fields: "id")');
    const named = parse(output());
    expect(
      buildASTSchema({ ...named, definitions: named.definitions.slice(1) }, { assumeValidSDL: true }),
    ).toBeDefined();
  });
});
