import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoSeed, type Standins, startStandins } from '../../src/standins/index.ts';
import { build } from '../helpers/build.ts';
import { eventually } from '../helpers/eventually.ts';
import { freePort } from '../helpers/http.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { settingsFor } from '../helpers/production.ts';

/*
 * A bank's first day, with the commands and files of the pages only: the packed package is installed from the registry, mounted in a
 * framework, compiled, and run in production mode on PostgreSQL; its webhook is registered, it is examined and asked.
 */

const blocksOf = (page: string, language: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text.trim(),
  );

/** Two hosts in one project; Fastify's is an example of the package. */
const INSTALL = `${blocksOf('docs/nestjs.md', 'sh')[0] ?? ''} fastify`;
const NESTJS = blocksOf('docs/nestjs.md', 'ts')[0] ?? '';
const DAY = [
  'npx invest-gateway webhooks register',
  'npx invest-gateway webhooks status',
  'npx invest-gateway doctor',
  'npx invest-gateway audit verify',
];

const COMMANDS = blocksOf('docs/operations.md', 'sh').flatMap((block) => block.split('\n'));
const folder = mkdtempSync(join(tmpdir(), 'gateway-journey-'));
const project = join(folder, 'bank');
let tarball: string;
let standins: Standins;
let issuer: TestIssuer;
let postgres: TestPostgres;
const running: ChildProcess[] = [];

// The registry is asked, so only where that is part of the work.
describe.skipIf(process.env['CI'] !== 'true' || !hasPostgres)("a bank's first day", () => {
  beforeAll(async () => {
    build();
    const packed: unknown = JSON.parse(
      execFileSync(process.execPath, ['scripts/pack.mjs', folder], { encoding: 'utf8' }),
    );
    const name = /"filename":"([^"]+)"/.exec(JSON.stringify(packed))?.[1] ?? '';
    tarball = join(folder, name);
    [standins, issuer, postgres] = await Promise.all([
      startStandins({ seed: demoSeed() }),
      startIssuer(),
      startPostgres(),
    ]);
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all([standins?.stop(), issuer?.stop(), postgres?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('in NestJS and in Fastify, in production mode, on PostgreSQL', async () => {
    mkdirSync(join(project, 'src'), { recursive: true });
    // As `nest new` makes it.
    writeFileSync(join(project, 'package.json'), '{ "name": "bank", "private": true, "type": "commonjs" }');
    const line = INSTALL.replace('invest-gateway', `'${tarball}'`);
    await shell(`${line} @types/node@20 --prefer-offline --no-audit --no-fund`);
    writeFileSync(join(project, 'src', 'nestjs.ts'), NESTJS);
    copyFileSync(
      join(project, 'node_modules', 'invest-gateway', 'examples', 'fastify.ts'),
      join(project, 'src', 'fastify.mts'),
    );
    const compilerOptions = {
      ...{ target: 'es2022', module: 'nodenext', strict: true, experimentalDecorators: true, skipLibCheck: true },
      ...{ types: ['node'], rootDir: 'src', outDir: 'dist' },
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
    await shell(`'${process.execPath}' '${join(process.cwd(), 'node_modules/typescript/bin/tsc')}' -p .`);
    const database = await postgres.createDatabase();
    // The second one goes on with the database of the first.
    for (const file of ['nestjs.js', 'fastify.mjs']) {
      const port = await freePort();
      const env = {
        ...settingsFor(standins, issuer),
        ...{
          NODE_ENV: 'production',
          PORT: String(port),
          PUBLIC_URL: `http://127.0.0.1:${port}`,
          DATABASE_URL: database,
        },
      };
      const stop = await startHost(file, env);
      if (file === 'nestjs.js') {
        for (const command of DAY) {
          expect(COMMANDS).toContain(command);
          await shell(command, env);
        }
      }
      const authorization = `Bearer ${await issuer.token({ sub: 'an-operator', scope: 'operator' })}`;
      const answer = await fetch(`${env.PUBLIC_URL}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ query: '{ portfolios(first: 1) { edges { node { name cashBalance { balance } } } } }' }),
      });
      expect(await answer.json()).toMatchObject({
        data: { portfolios: { edges: [{ node: { name: expect.any(String) } }] } },
      });
      expect(await stop()).toBe(0);
    }
  }, 300_000);
});

async function shell(line: string, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  const env = { ...process.env, ...settings };
  await promisify(execFile)('sh', ['-c', line], { cwd: project, env }).catch((error: unknown) => {
    const { stdout = '', stderr = '' } = Object(error);
    throw new Error(`${line}: ${stdout}${stderr}`);
  });
}

/** Resolves when it is ready, to a function that ends it and answers its exit code. */
async function startHost(file: string, env: Readonly<Record<string, string>>): Promise<() => Promise<unknown>> {
  const host = spawn(process.execPath, [`dist/${file}`], {
    cwd: project,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(host);
  let output = '';
  for (const stream of [host.stdout, host.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise((resolve) => host.once('close', (code, signal) => resolve(code ?? signal)));
  await eventually(async () => {
    expect(host.exitCode, output).toBeNull();
    expect((await fetch(`${env['PUBLIC_URL']}/readyz`)).status, output).toBe(200);
  }, 60_000);
  return async () => {
    host.kill('SIGTERM');
    return await ended;
  };
}
