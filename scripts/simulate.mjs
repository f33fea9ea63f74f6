#!/usr/bin/env node
// Compiles the simulation, then runs it: npm run simulate -- --seed 1 --scenarios 1000. See docs/proof.md.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'node_modules', '.cache', 'simulation', 'test', 'simulation', 'main.js');
const newest = ['src', 'test/simulation'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
);
if (!existsSync(main) || statSync(main).mtimeMs < Math.max(...newest)) {
  const tsc = spawnSync('npx', ['tsc', '-p', 'tsconfig.simulation.json'], { cwd: root, stdio: 'inherit' });
  if (tsc.status !== 0) process.exit(tsc.status ?? 1);
}
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
