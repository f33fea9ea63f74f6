import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoSeed, type Standins, startStandins } from '../../src/standins/index.ts';
import { checkChromium, hasChromium, launchChromium, watch } from '../helpers/browser.ts';
import { eventually } from '../helpers/eventually.ts';
import { freePort } from '../helpers/http.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { settingsFor } from '../helpers/production.ts';

/*
 * The first day of somebody who has a clean clone and the pages: the README's command starts it; a front-end developer makes the first
 * app; a bank mounts the packed package in its frameworks, compiles, and runs it in production mode on PostgreSQL. Commands and files
 * are those of the pages, and nothing else is installed.
 */

const blocksOf = (page: string, language: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text.trim(),
  );
const commandsOf = (page: string): string[] => blocksOf(page, 'sh').flatMap((block) => block.split('\n'));

const folder = mkdtempSync(join(tmpdir(), 'gateway-journey-'));
const clone = join(folder, 'clone');
let tarball: string;
const running: Running[] = [];

// The registry is asked, so only where that is part of the work.
const isAsked = process.env['CI'] === 'true';
if (isAsked) checkChromium('the first app of the documentation');
describe.skipIf(!isAsked)('from a clean clone', { timeout: 900_000 }, () => {
  beforeAll(async () => {
    await promisify(execFile)('git', ['clone', '--quiet', `file://${process.cwd()}`, clone]);
  });
  afterAll(async () => {
    for (const each of running) await each.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('the first command of the README installs and starts it, and the first query is answered', async () => {
    const port = await freePort();
    const [command = ''] = commandsOf('README.md');
    const program = start(command, clone, { PORT: String(port), DATA_DIR: join(folder, 'data') });
    await ready(program, `http://127.0.0.1:${port}`);
    const [query] = blocksOf('README.md', 'graphql');
    expect(await ask(`http://127.0.0.1:${port}`, query)).toMatchObject({
      data: { portfolios: { edges: [{}, {}, {}] } },
    });
    await program.stop('SIGINT');
    const { stdout } = await promisify(execFile)(process.execPath, ['scripts/pack.mjs', folder], { cwd: clone });
    tarball = join(folder, /"filename": *"([^"]+)"/.exec(stdout)?.[1] ?? '');
  });

  describe.skipIf(!hasChromium)('a front-end developer', () => {
    it('makes the first app, which withdraws, and shows the withdrawal until it is completed', async () => {
      const app = join(folder, 'app');
      mkdirSync(app);
      const [port, webPort] = [await freePort(), await freePort()];
      const page = readFileSync('docs/first-app.md', 'utf8');
      for (const [, text = '', name = ''] of page.matchAll(/^```\w+\n((?:\/\/|<!--) ([\w.]+)[\s\S]*?)^```$/gm))
        writeFileSync(join(app, name), text.replace('localhost:4000', `localhost:${port}`));
      const [init = '', install = '', serve = '', vite = '', ...more] = commandsOf('docs/first-app.md');
      expect(more).toEqual([]);
      await shell(init, app);
      await shell(withTarball(install), app);
      const gateway = start(serve, app, { PORT: String(port) });
      const web = start(`${vite} --port ${webPort} --strictPort --host 127.0.0.1`, app);
      await ready(gateway, `http://127.0.0.1:${port}`);
      await eventually(async () =>
        expect((await fetch(`http://127.0.0.1:${webPort}/`)).status, web.output()).toBe(200),
      );
      await withdraw(`http://127.0.0.1:${webPort}/`);
      for (const each of [web, gateway]) await each.stop('SIGTERM');
    });
  });

  describe.skipIf(!hasPostgres)('a bank', () => {
    const bank = join(folder, 'bank');
    let standins: Standins;
    let issuer: TestIssuer;
    let postgres: TestPostgres;
    beforeAll(async () => {
      [standins, issuer, postgres] = await Promise.all([
        startStandins({ seed: demoSeed({ portfolios: 40 }) }),
        startIssuer(),
        startPostgres(),
      ]);
    });
    afterAll(() => Promise.all([standins?.stop(), issuer?.stop(), postgres?.stop()]));

    it('installs it and compiles what the pages on NestJS, Next.js and embedding show', async () => {
      mkdirSync(join(bank, 'src'), { recursive: true });
      // As `nest new` makes it.
      writeFileSync(join(bank, 'package.json'), '{ "name": "bank", "private": true, "type": "commonjs" }');
      const [install = ''] = commandsOf('docs/nestjs.md');
      await shell(`${withTarball(install)} fastify @types/node@20`, bank);
      writeFileSync(join(bank, 'src', 'main.ts'), blocksOf('docs/nestjs.md', 'ts')[0] ?? '');
      writeFileSync(join(bank, 'src', 'route.mts'), blocksOf('docs/nextjs.md', 'ts')[0] ?? '');
      const examples = join(bank, 'node_modules', 'invest-gateway', 'examples');
      copyFileSync(join(examples, 'fastify.ts'), join(bank, 'src', 'fastify.mts'));
      const compilerOptions = {
        ...{ target: 'es2022', module: 'nodenext', strict: true, experimentalDecorators: true, skipLibCheck: true },
        ...{ types: ['node'], rootDir: 'src', outDir: 'dist' },
      };
      writeFileSync(join(bank, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
      await shell(`'${process.execPath}' '${join(clone, 'node_modules/typescript/bin/tsc')}' -p .`, bank);
      writeFileSync(join(bank, 'dist', 'next.mjs'), NEXT);
    });

    it('runs each in production mode on one PostgreSQL, registers the webhook and examines it', async () => {
      const database = await postgres.createDatabase();
      const authorization = `Bearer ${await issuer.token({ sub: 'an-operator', scope: 'operator' })}`;
      for (const { file, below, commands } of HOSTS) {
        const port = await freePort();
        const url = `http://127.0.0.1:${port}${below}`;
        const env = {
          ...settingsFor(standins, issuer),
          ...{ NODE_ENV: 'production', PORT: String(port), PUBLIC_URL: url, DATABASE_URL: database },
        };
        const host = start(`exec '${process.execPath}' ${file}`, bank, env);
        await ready(host, url);
        for (const command of commands) {
          expect(commandsOf('docs/operations.md')).toContain(command);
          await shell(command, bank, env);
        }
        const query = '{ portfolios(first: 1) { edges { node { name cashBalance { balance } } } } }';
        expect(await ask(url, query, { authorization })).toMatchObject({
          data: { portfolios: { edges: [{ node: { name: expect.any(String) } }] } },
        });
        expect(await host.stop('SIGTERM')).toBe(0);
      }
    });
  });
});

const DAY = [
  'npx invest-gateway --help',
  'npx invest-gateway webhooks register',
  'npx invest-gateway webhooks status',
  'npx invest-gateway doctor',
  'npx invest-gateway audit verify',
];
/** Next itself would take longer to install and build than all others: what calls its route here does it as Next does. */
const NEXT = `import { createServer } from 'node:http';
import { GET, POST } from './route.mjs';
createServer(async (request, response) => {
  const { method, url, headers } = request;
  const init = method === 'POST' ? { body: request, duplex: 'half' } : {};
  const answer = await { GET, POST }[method](new Request(new URL(url, process.env.PUBLIC_URL), { method, headers, ...init }));
  response.writeHead(answer.status).end(await answer.text());
}).listen(Number(process.env.PORT));
process.once('SIGTERM', () => process.exit(0));
`;
const HOSTS = [
  { file: 'dist/main.js', below: '', commands: DAY },
  { file: 'dist/fastify.mjs', below: '', commands: [] },
  { file: 'dist/next.mjs', below: '/api', commands: [] },
];

const withTarball = (line: string): string => line.replace('invest-gateway', `'${tarball}'`);

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Sends the signal to it and what it started; resolves to its exit code, or the signal that ended it. */
  stop(signal: NodeJS.Signals): Promise<unknown>;
}

/** As a person's own; npm asks the registry only for what its cache does not have. */
function environment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { NODE_ENV: _ours, ...inherited } = process.env;
  return { ...inherited, npm_config_prefer_offline: 'true', ...settings };
}

function start(line: string, cwd: string, settings: Readonly<Record<string, string>> = {}): Running {
  const child = spawn('sh', ['-c', line], {
    cwd,
    env: environment(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  const stop = async (signal: NodeJS.Signals): Promise<unknown> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      process.kill(-child.pid, signal);
    return await ended;
  };
  const started = { child, output: () => output, stop };
  running.push(started);
  return started;
}

async function shell(line: string, cwd: string, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  await promisify(execFile)('sh', ['-c', line], { cwd, env: environment(settings) }).catch((error: unknown) => {
    const { stdout = '', stderr = '' } = Object(error);
    throw new Error(`${line}: ${stdout}${stderr}`);
  });
}

async function ready({ child, output }: Running, url: string): Promise<void> {
  await eventually(async () => {
    if (child.exitCode === null) expect((await fetch(`${url}/readyz`)).status, output()).toBe(200);
  }, 540_000);
  expect(child.exitCode, output()).toBeNull();
}

async function ask(url: string, query = '', headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return await answer.json();
}

async function withdraw(url: string): Promise<void> {
  const browser = await launchChromium();
  try {
    await clickThrough(await browser.newPage(), url);
  } finally {
    await browser.close();
  }
}

async function clickThrough(page: Page, url: string): Promise<void> {
  const watched = watch(page);
  await page.goto(url);
  const rows = page.locator('li', { hasText: /EUR/ });
  await rows.first().waitFor({ timeout: 90_000 });
  const count = await rows.count();
  for (let at = 0; at < count; at += 1) await rows.nth(at).getByRole('button').click();
  await page.locator('b', { hasText: 'COMPLETED' }).first().waitFor({ timeout: 90_000 });
  expect(watched.complaints).toEqual([]);
}
