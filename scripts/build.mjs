#!/usr/bin/env node
// Compiles src/ to dist/, client/ to dist/client/ and app/ to dist/web/. With --if-stale, only when a source is newer than the last build, so that `npm start`
// on a built checkout starts at once.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'dist', '.built');

/** When the newest of these files and files of these folders was changed, in milliseconds since 1970. */
function newestOf(names) {
  const files = names.flatMap((name) => {
    const path = join(root, name);
    if (!statSync(path).isDirectory()) return [path];
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  });
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

const newestSource = () => newestOf(['src', 'client', 'app', 'package.json', 'tsconfig.json', 'tsconfig.build.json']);

/**
 * GraphiQL's page, compressed: its package is 18 MB, so only this file of 2 MB is installed with the gateway. Made once for
 * each installation, because compressing takes seconds.
 */
async function writeGraphiql(folder) {
  const [page, kept] = [folder, join(root, 'dist')].map((each) => join(each, 'graphiql.html.br'));
  const installedAt = statSync(join(root, 'node_modules/@graphql-yoga/render-graphiql/package.json')).mtimeMs;
  if (existsSync(kept) && statSync(kept).mtimeMs >= installedAt) {
    copyFileSync(kept, page);
    return;
  }
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  // Exactly these options: src/adapters/graphiql.ts puts the gateway's own in their place.
  const html = renderGraphiQL({ title: 'invest-gateway' });
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 5,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  };
  writeFileSync(page, brotliCompressSync(html, { params }));
}

/** The app, bundled; anew only where it has changed, because bundling takes seconds. */
async function writeApp(folder) {
  const kept = join(root, 'dist', 'web');
  const newest = newestOf(['app', 'client', 'package-lock.json']);
  if (existsSync(join(kept, 'index.html')) && statSync(join(kept, 'index.html')).mtimeMs >= newest) {
    cpSync(kept, join(folder, 'web'), { recursive: true, preserveTimestamps: true });
    return;
  }
  // A test runner's own NODE_ENV would make a build for developers.
  process.env.NODE_ENV = 'production';
  const { build } = await import('vite');
  const outDir = join(folder, 'web');
  await build({
    root: join(root, 'app'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, reportCompressedSize: false },
  });
}

/** The tabs that GraphiQL opens with: each document of src/graphiql, in the order of their names, with its variables. */
function writeGraphiqlTabs(folder) {
  const from = join(root, 'src', 'graphiql');
  const names = readdirSync(from).filter((name) => name.endsWith('.graphql'));
  const tabs = names.sort().map((name) => {
    const variables = join(from, name.replace('.graphql', '.json'));
    return {
      query: readFileSync(join(from, name), 'utf8').trim(),
      variables: existsSync(variables) ? readFileSync(variables, 'utf8').trim() : '',
    };
  });
  writeFileSync(join(folder, 'graphiql-tabs.json'), JSON.stringify(tabs));
}

// A published package has no src/: there is nothing to build then.
if (!existsSync(join(root, 'src'))) process.exit(0);
if (process.argv.includes('--if-stale') && existsSync(stamp) && statSync(stamp).mtimeMs >= newestSource())
  process.exit(0);

const startedAt = new Date();
// Built beside the last one and then put in its place: a build that fails, or one that others run from, harms nothing.
const fresh = join(root, `dist.${process.pid}`);
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
for (const [project, outDir] of [
  ['tsconfig.build.json', fresh],
  ['client/tsconfig.json', join(fresh, 'client')],
]) {
  const args = [tsc, '-p', join(root, project), '--outDir', outDir];
  const run = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (run.status === 0) continue;
  rmSync(fresh, { recursive: true, force: true });
  process.exit(run.status ?? 1);
}
await writeGraphiql(fresh);
await writeApp(fresh);
writeGraphiqlTabs(fresh);
chmodSync(join(fresh, 'cli.js'), 0o755);
writeFileSync(join(fresh, '.built'), '');
// Stamped with the start of the build: a source saved while it ran makes the next start build again.
utimesSync(join(fresh, '.built'), startedAt, startedAt);
// Two builds may end at the same time, as of two test files: what was there is put away in one go, and one of both stays.
const old = join(root, `dist.${process.pid}.old`);
for (const [from, to] of [
  [join(root, 'dist'), old],
  [fresh, join(root, 'dist')],
]) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
  }
}
for (const folder of [old, fresh]) rmSync(folder, { recursive: true, force: true });
