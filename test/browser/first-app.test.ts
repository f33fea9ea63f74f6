import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkChromium, hasChromium, launchChromium, type Watched, watch } from '../helpers/browser.ts';
import { build } from '../helpers/build.ts';
import { eventually } from '../helpers/eventually.ts';
import { freePort } from '../helpers/http.ts';

checkChromium('the first app of the documentation');

const PAGE = readFileSync('docs/first-app.md', 'utf8');
const blocks = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text,
}));
const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trim().split('\n'));
const files = blocks.flatMap(({ text }) => {
  const name = /^(?:\/\/|<!--) ([\w.]+)/.exec(text)?.[1];
  return name === undefined ? [] : [{ name, text }];
});

/** Below the checkout, whose node_modules has what the page installs. */
const folder = mkdtempSync(join(process.cwd(), 'dist.first-app-'));
/** The program that the page runs by npx, run by this Node, so that it can be ended. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'npx invest-gateway serve': join(process.cwd(), 'dist', 'cli.js'),
  'npx vite': join(process.cwd(), 'node_modules', 'vite', 'bin', 'vite.js'),
};
const running: ChildProcess[] = [];

function start(command: string, args: readonly string[], settings: Readonly<Record<string, string>>): () => string {
  expect(commands).toContain(command);
  const child = spawn(process.execPath, [PROGRAMS[command] ?? '', ...command.split(' ').slice(2), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return () => output;
}

describe.skipIf(!hasChromium)('the first app of the documentation', () => {
  let browser: Browser;
  beforeAll(async () => {
    build();
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(process.cwd(), join(folder, 'node_modules', 'invest-gateway'));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all(
      running.map(async (child) => {
        const ended = new Promise((resolve) => child.once('close', resolve));
        if (child.kill('SIGTERM')) await ended;
      }),
    );
    rmSync(folder, { recursive: true, force: true });
  });

  it('installs what its files import', () => {
    const installed =
      commands
        .find((line) => line.startsWith('npm install '))
        ?.split(' ')
        .slice(2) ?? [];
    const imported = files.flatMap(({ text }) =>
      [...text.matchAll(/from '((?:@[\w-]+\/)?[\w-]+)/g)].map(([, name]) => name),
    );
    expect(installed).toEqual(expect.arrayContaining([...new Set(imported)]));
  });

  it('withdraws, and shows the withdrawal until it is completed', async () => {
    const [port, webPort] = [await freePort(), await freePort()];
    for (const { name, text } of files)
      writeFileSync(join(folder, name), text.replace('localhost:4000', `localhost:${port}`));
    const gateway = start('npx invest-gateway serve', [], { PORT: String(port), DATA_DIR: join(folder, 'data') });
    const web = start('npx vite', ['--port', String(webPort), '--strictPort', '--host', '127.0.0.1'], {});
    await eventually(
      async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status, gateway()).toBe(200),
      60_000,
    );
    await eventually(async () => expect((await fetch(`http://127.0.0.1:${webPort}/`)).status, web()).toBe(200), 60_000);
    const page = await browser.newPage();
    const watched: Watched = watch(page);
    await page.goto(`http://127.0.0.1:${webPort}/`);
    const rows = page.locator('li', { hasText: /EUR/ });
    await rows.first().waitFor({ timeout: 90_000 });
    const count = await rows.count();
    for (let at = 0; at < count; at += 1) await rows.nth(at).getByRole('button').click();
    await page.locator('b', { hasText: 'COMPLETED' }).first().waitFor({ timeout: 90_000 });
    expect(watched.complaints).toEqual([]);
  }, 240_000);
});
