import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';

/** Ends what hangs; a quiet machine needs a fraction. */
const PATIENCE_MS = 900_000;

const ROOT = join(import.meta.dirname, '..', '..');
const FIRST = 1_000;
const SEEDS = 30;

/** A line for each seed: the seed and the digest of its trace. */
async function elsewhere(): Promise<string> {
  const script = join(ROOT, 'scripts', 'simulate.mjs');
  const args = [script, '--digests', '--seed', String(FIRST), '--scenarios', String(SEEDS)];
  return (await promisify(execFile)(process.execPath, args, { cwd: ROOT })).stdout;
}

async function here(): Promise<string> {
  let digests = '';
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    const { violations, digest } = await run(scenarioOf(seed), { isTraced: true });
    expect(violations, `npm run simulate -- --trace --seed ${seed}`).toEqual([]);
    digests += `${seed} ${digest}\n`;
  }
  return digests;
}

it(
  'thirty seeds hold, and have the same traces in another process',
  async () => {
    const [one, other] = await Promise.all([here(), elsewhere()]);
    expect(other).toBe(one);
  },
  PATIENCE_MS,
);
