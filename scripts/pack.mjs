#!/usr/bin/env node
// Packs what is published: node scripts/pack.mjs FOLDER writes the tarball there and prints what npm pack --json prints. As npm pack, but
// without the parts of package.json that are for a checkout: npm warns whoever installs a package with a script `prepare`. The build
// itself stays as it is; `npm pack` makes it small where it is.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slim } from './slim.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const npmPack = (cwd, ...args) =>
  execFileSync('npm', ['pack', '--json', '--ignore-scripts', ...args], { cwd, encoding: 'utf8' });

const folder = mkdtempSync(join(tmpdir(), 'pack-'));
try {
  const [{ files }] = JSON.parse(npmPack(root, '--dry-run'));
  for (const { path } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { preserveTimestamps: true });
  }
  await slim(join(folder, 'dist'));
  const dashboard = join(folder, 'deploy/grafana-dashboard.json');
  writeFileSync(dashboard, JSON.stringify(JSON.parse(readFileSync(dashboard, 'utf8'))));
  const {
    scripts: _s,
    devDependencies: _d,
    overrides: _o,
    workspaces: _w,
    ...manifest
  } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  process.stdout.write(npmPack(folder, '--pack-destination', resolve(process.argv[2] ?? '.')));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
