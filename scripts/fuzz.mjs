#!/usr/bin/env node
// Sends random requests, frames, bodies and webhooks to a gateway in a process of its own, for as long as it is told:
//   node scripts/fuzz.mjs --minutes 30 [--seed 7]
// The same attacks run for a few seconds with the tests. Exit code 0: it answered what it could, refused the rest, and
// neither fell over nor grew.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 600)) {
  process.stderr.write('--minutes must be more than 0 and at most 600\n');
  process.exit(2);
}
const environment = {
  ...process.env,
  FUZZ_SECONDS: String(minutes * 60),
  ...(values.seed === undefined ? {} : { FUZZ_SEED: values.seed }),
};
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const run = spawnSync(process.execPath, [vitest, 'run', 'test/security/fuzz.test.ts'], {
  cwd: root,
  env: environment,
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
