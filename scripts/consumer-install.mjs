#!/usr/bin/env node
// Does what a stranger does with the package, by the Node that runs this: installs the tarball with engine-strict into an empty project,
// compiles against its types, starts the program and asks a first query. Fails where npm warns. Needs the registry. Packs the checkout
// where no tarball is named: node scripts/consumer-install.mjs [TARBALL]
// For the oldest Node: npx -p node@20.19.4 node scripts/consumer-install.mjs
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'consumer-'));

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

function pack() {
  const args = [join(root, 'scripts', 'pack.mjs'), folder];
  const [{ filename }] = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  return join(folder, filename);
}

function install(tarball) {
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n');
  const asked = ['install', '--engine-strict', '--no-audit', '--no-fund', tarball, '@types/node@20'];
  const { status, stderr } = spawnSync('npm', asked, { cwd: folder, encoding: 'utf8' });
  if (status !== 0 || /npm (warn|error)/.test(stderr))
    throw new Error(`npm says on Node ${process.version}:\n${stderr}`);
}

function compile() {
  writeFileSync(
    join(folder, 'own.ts'),
    `import { createServer } from 'node:http';
import { createGateway, optionsFrom } from 'invest-gateway';
import { attempt, follow } from 'invest-gateway/client';
import { keys, possibleTypes, scalars, typePolicies } from 'invest-gateway/codegen';
import { routeHandlers } from 'invest-gateway/next';

export { attempt, follow, keys, possibleTypes, routeHandlers, scalars, typePolicies };
const gateway = await createGateway(optionsFrom(process.env));
createServer(gateway.handler).listen(4000);
`,
  );
  const compilerOptions = {
    ...{ target: 'es2023', module: 'nodenext', strict: true, exactOptionalPropertyTypes: true, noEmit: true },
    ...{ noUncheckedIndexedAccess: true, verbatimModuleSyntax: true, skipLibCheck: false, types: ['node'] },
    ...{
      noImplicitOverride: true,
      noPropertyAccessFromIndexSignature: true,
      isolatedModules: true,
      noUnusedLocals: true,
    },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['own.ts'] }));
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace('package.json', 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', '.'], { cwd: folder, stdio: 'inherit' });
}

async function firstQuery() {
  const port = await freePort();
  const env = { PATH: process.env.PATH, PORT: String(port), DATA_DIR: join(folder, 'data') };
  const program = join(folder, 'node_modules', '.bin', 'invest-gateway');
  const gateway = spawn(process.execPath, [program, 'serve'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  gateway.stdout.resume();
  try {
    const body = JSON.stringify({ query: '{ portfolios(first: 1) { edges { node { name baseCurrency } } } }' });
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      }).catch(() => undefined);
      if (gateway.exitCode !== null) throw new Error(`the gateway ended with ${gateway.exitCode}`);
      const { data } = answer?.ok ? await answer.json() : {};
      if (data?.portfolios?.edges?.[0]?.node?.baseCurrency === 'EUR') return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    const ended = new Promise((resolve) => gateway.once('exit', resolve));
    gateway.kill('SIGTERM');
    await ended;
  }
}

try {
  install(process.argv[2] === undefined ? pack() : resolve(process.argv[2]));
  compile();
  await firstQuery();
  console.log(`the package: installed with engine-strict, compiled, started and asked on Node ${process.version}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
