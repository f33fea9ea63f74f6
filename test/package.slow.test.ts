import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { build } from './helpers/build.ts';

const manifest = z
  .object({
    version: z.string(),
    type: z.literal('module'),
    scripts: z.record(z.string(), z.string()),
    dependencies: z.record(z.string(), z.string()),
    peerDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

const packed = z.tuple([
  z.object({
    filename: z.string(),
    size: z.number(),
    unpackedSize: z.number(),
    files: z.array(z.object({ path: z.string() })),
  }),
]);
type Packed = z.infer<typeof packed>[0];
const isOfApp = (path: string): boolean => path.startsWith('dist/web/');

const folder = mkdtempSync(join(tmpdir(), 'gateway-package-'));
/** An empty project with the package and what it says it needs; no development dependency of ours. */
const project = join(folder, 'project');
let tarball: Packed;

beforeAll(() => {
  build();
  // Built already; `prepare` would put another dist/ under the feet of tests that run it.
  const output = execFileSync(process.execPath, ['scripts/pack.mjs', folder], { stdio: 'pipe' });
  [tarball] = packed.parse(JSON.parse(String(output)));
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, 'invest-gateway'), { recursive: true });
  execFileSync('tar', [
    'xzf',
    join(folder, tarball.filename),
    '-C',
    join(modules, 'invest-gateway'),
    '--strip-components=1',
  ]);
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(process.cwd(), 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = async (command: string, args: readonly string[], cwd = project): Promise<string> =>
  (await promisify(execFile)(command, [...args], { cwd, env: { PATH: process.env['PATH'] } })).stdout;

describe('the package', () => {
  it('has the runtime files and their documentation, and nothing else', () => {
    const paths = tarball.files.map(({ path }) => path);
    const others = paths.filter((path) => !path.startsWith('dist/'));
    const isText = (path: string): boolean => /^(docs\/.*\.md|examples\/.*\.ts|deploy\/.*)$/.test(path);
    const named = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'schema.graphql'];
    expect(others.filter((path) => !isText(path)).sort()).toEqual(named);
    expect(others).toEqual(
      expect.arrayContaining(['docs/nestjs.md', 'docs/nextjs.md', 'examples/fastify.ts', 'deploy/alerts.yaml']),
    );
    const [app, built] = [paths.filter(isOfApp), paths.filter((path) => path.startsWith('dist/') && !isOfApp(path))];
    expect(built.filter((path) => !/\.(js|d\.ts)$/.test(path))).toEqual([
      'dist/graphiql-tabs.json',
      'dist/graphiql.html.br',
    ]);
    expect(app).toEqual(expect.arrayContaining(['dist/web/index.html', 'dist/web/favicon.svg']));
  });

  it('has each page that the index says it has', () => {
    const [, list = ''] = /The package has (.*?)The\s+other pages/s.exec(readFileSync('docs/README.md', 'utf8')) ?? [];
    const pages = [...list.matchAll(/\]\((.*?\.md)\)/g)].map(([, page = '']) => join('docs', page));
    expect(pages.length).toBeGreaterThan(8);
    expect(tarball.files.map(({ path }) => path)).toEqual(expect.arrayContaining(pages));
  });

  it('is as small as the docs say', () => {
    const [, size = '', unpacked = ''] =
      /The package is ([\d.]+) MB, ([\d.]+) MB unpacked/.exec(readFileSync('docs/embedding.md', 'utf8')) ?? [];
    expect(Math.abs(tarball.size / 1e6 - Number(size))).toBeLessThan(0.05);
    expect(tarball.size).toBeLessThanOrEqual(1_000_000);
    expect(Math.abs(tarball.unpackedSize / 1e6 - Number(unpacked))).toBeLessThan(0.3);
  });

  it('runs nothing when it is installed', () => {
    for (const script of ['preinstall', 'install', 'postinstall']) expect(manifest.scripts).not.toHaveProperty(script);
    const own = JSON.parse(readFileSync(join(project, 'node_modules', 'invest-gateway', 'package.json'), 'utf8'));
    // npm warns whoever installs a package with `prepare`.
    expect(own).not.toHaveProperty('scripts');
  });

  it('needs only what it says it needs', () => {
    const dist = join(project, 'node_modules', 'invest-gateway', 'dist');
    const imported = new Set<string>();
    for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
      (each) => /\.(js|d\.ts)$/.test(each) && !each.startsWith('web/'),
    )) {
      for (const [, from = ''] of readFileSync(join(dist, file), 'utf8').matchAll(
        /(?:from|import)\s*\(?['"]([^'".][^'"]*)['"]/g,
      )) {
        if (!from.startsWith('node:') && /^(@[\w-]+\/)?[\w.-]+(\/|$)/.test(from))
          imported.add(
            from
              .split('/')
              .slice(0, from.startsWith('@') ? 2 : 1)
              .join('/'),
          );
      }
    }
    expect(imported.size).toBeGreaterThan(10);
    const named = { ...manifest.dependencies, ...manifest.peerDependencies };
    expect([...imported].filter((name) => !(name in named))).toEqual([]);
  });

  it('runs as a program', async () => {
    const program = join(project, 'node_modules', 'invest-gateway', 'dist', 'cli.js');
    expect(await run(process.execPath, [program, '--help'])).toContain('Usage: invest-gateway <command>');
    expect(await run(process.execPath, [program, 'version'])).toBe(`${manifest.version}\n`);
    expect(await run(process.execPath, [program, 'schema'])).toContain(readFileSync('schema.graphql', 'utf8').trim());
  });

  it('is imported as a module, and has its schema beside it', async () => {
    writeFileSync(
      join(project, 'import.mjs'),
      `import * as all from 'invest-gateway';
       import { fileURLToPath } from 'node:url';
       console.log(JSON.stringify({ names: Object.keys(all), schema: fileURLToPath(import.meta.resolve('invest-gateway/schema.graphql')) }));
       await import('invest-gateway/dist/gateway.js').then(() => process.exit(1), () => undefined);`,
    );
    const { names, schema } = JSON.parse(await run(process.execPath, ['import.mjs'])) as {
      names: string[];
      schema: string;
    };
    expect(names).toEqual(expect.arrayContaining(['createGateway', 'optionsFrom', 'readConfig', 'portfolioById']));
    expect(existsSync(schema)).toBe(true);
  });

  it('has types that compile under the strictest settings, also where declarations of libraries are looked at', async () => {
    writeFileSync(
      join(project, 'consumer.ts'),
      `${readFileSync('examples/extended.ts', 'utf8')}\nexport const handler: Parameters<typeof createServer>[1] = gateway.handler;\n`,
    );
    const compilerOptions = {
      ...{ target: 'es2023', lib: ['es2023'], module: 'nodenext', moduleResolution: 'nodenext', types: ['node'] },
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noImplicitOverride: true },
      ...{ noPropertyAccessFromIndexSignature: true, noImplicitReturns: true, isolatedModules: true, noEmit: true },
      ...{ skipLibCheck: false, verbatimModuleSyntax: true },
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['consumer.ts'] }));
    const tsc = join(process.cwd(), 'node_modules', 'typescript', 'bin', 'tsc');
    const errors = await run(process.execPath, [tsc, '-p', '.']).catch((error: { stdout: string }) => error.stdout);
    // Of libraries that the strictest settings find fault with, nothing can be said here; ours and the consumer's are clean.
    const ours = errors.split('\n').filter((line) => /^(consumer\.ts|node_modules\/invest-gateway\/)/.test(line));
    expect(ours).toEqual([]);
  });
});

describe.skipIf(process.env['CI'] !== 'true')('npm install in an empty project', () => {
  it('takes the package and all it needs, and npx runs it', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n');
    const npm = async (...args: string[]): Promise<string> =>
      (await promisify(execFile)('npm', args, { cwd: empty, env: process.env })).stdout;
    await npm(
      'install',
      '--prefer-offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      join(folder, tarball.filename),
    );
    expect(await npm('exec', '--', 'invest-gateway', 'version')).toBe(`${manifest.version}\n`);
    expect(existsSync(join(empty, 'node_modules', 'vitest'))).toBe(false);
  }, 120_000);
});
