#!/usr/bin/env node
// Installs what production needs of this checkout, anew in a temporary folder, and fails when that is over 60 MB on disk or npm
// complains about the version of Node. Needs the registry. For the oldest Node: npx -p node@20.19.4 node scripts/production-install.mjs
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LIMIT_MB = 60;
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'production-install-'));

/** Space on disk of folders, in MB of 1,024 KB each, as du counts it. */
function sizes(...paths) {
  const lines = String(execFileSync('du', ['-sk', ...paths]))
    .trim()
    .split('\n');
  return lines.map((line) => Number.parseInt(line, 10) / 1024);
}

try {
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    copyFileSync(join(root, name), join(folder, name));
  const { status, stderr } = spawnSync('npm', ['ci', '--omit=dev', '--ignore-scripts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0 || stderr.includes('EBADENGINE'))
    throw new Error(`npm ci says on Node ${process.version}:\n${stderr}`);
  const modules = join(folder, 'node_modules');
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'));
  const each = sizes(...names.map((name) => join(modules, name))).map((mb, at) => `${mb.toFixed(1)} ${names[at]}`);
  const [mb] = sizes(modules);
  const largest = each.sort((a, b) => Number.parseFloat(b) - Number.parseFloat(a)).slice(0, 8);
  console.log(`production install: ${mb.toFixed(1)} MB of at most ${LIMIT_MB} (${largest.join(', ')})`);
  if (mb > LIMIT_MB) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
