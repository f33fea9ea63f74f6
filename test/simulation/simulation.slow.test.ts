import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const digests = async (): Promise<string> => {
  const script = join(ROOT, 'scripts', 'simulate.mjs');
  const args = [script, '--digests', '--seed', '1', '--scenarios', '100'];
  return (await promisify(execFile)(process.execPath, args, { cwd: ROOT })).stdout;
};

it('a hundred seeds have the same traces in another process', async () => {
  const first = await digests();
  expect(first.trim().split('\n')).toHaveLength(100);
  expect(await digests()).toBe(first);
});

it('new seeds hold', async () => {
  for (let seed = 1_000; seed < 1_100; seed += 1) {
    const { violations } = await run(scenarioOf(seed));
    expect(violations, `npm run simulate -- --trace --seed ${seed}`).toEqual([]);
  }
});
