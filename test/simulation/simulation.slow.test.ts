import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';

/** Ends what hangs; a quiet machine needs a fraction. */
const PATIENCE_MS = 900_000;

const ROOT = join(import.meta.dirname, '..', '..');
const digests = async (): Promise<string> => {
  const script = join(ROOT, 'scripts', 'simulate.mjs');
  const args = [script, '--digests', '--seed', '1', '--scenarios', '40'];
  return (await promisify(execFile)(process.execPath, args, { cwd: ROOT })).stdout;
};

it(
  'forty seeds have the same traces in another process',
  async () => {
    const first = await digests();
    expect(first.trim().split('\n')).toHaveLength(40);
    expect(await digests()).toBe(first);
  },
  PATIENCE_MS,
);

it(
  'new seeds hold',
  async () => {
    for (let seed = 1_000; seed < 1_040; seed += 1) {
      const { violations } = await run(scenarioOf(seed));
      expect(violations, `npm run simulate -- --trace --seed ${seed}`).toEqual([]);
    }
  },
  PATIENCE_MS,
);
