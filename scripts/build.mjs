#!/usr/bin/env node
// Compiles src/ to dist/, client/ to dist/client/ and app/ to dist/web/. With --if-stale, only when a source is newer than the last build, so that `npm start`
// on a built checkout starts at once.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
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
import { newestOf, writeApp, writeGraphiql } from './pages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'dist', '.built');

const newestSource = () => newestOf(['src', 'client', 'app', 'package.json', 'tsconfig.json', 'tsconfig.build.json']);

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
if (['pack', 'publish'].includes(process.env.npm_command)) await (await import('./slim.mjs')).slim(fresh);
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
