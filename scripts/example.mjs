#!/usr/bin/env node
// Runs an example in front of stand-ins for both upstreams: npm run example express
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settingsOf } from './standin-settings.mjs';

const root = join(fileURLToPath(import.meta.url), '..', '..');
const names = readdirSync(join(root, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'));
const [name] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`Usage: npm run example <name>, where <name> is one of: ${names.join(', ')}`);
  process.exit(2);
}

const node = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
node('scripts/build.mjs', '--if-stale');
node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.examples.json');

const { startStandins } = await import('../dist/standins/index.js');
const port = process.env.PORT ?? '4000';
const { investSuite, upvest, stop } = await startStandins({
  seed: 'demo',
  webhookUrl: `http://127.0.0.1:${port}/webhooks/upvest`,
});
const dataDir = mkdtempSync(join(tmpdir(), 'invest-gateway-'));
const example = spawn(process.execPath, [join(root, 'dist.examples', `${name}.js`)], {
  stdio: 'inherit',
  env: {
    DATA_DIR: dataDir,
    ...process.env,
    PORT: port,
    ...settingsOf({ investSuite, upvest }),
  },
});
console.log(`examples/${name}.ts is at http://localhost:${port}/graphql, in front of stand-ins; stop with Ctrl+C`);
const end = () => example.kill('SIGTERM');
process.on('SIGINT', end);
process.on('SIGTERM', end);
example.on('exit', async (code) => {
  await stop();
  rmSync(dataDir, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
