import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('each planted fault still has its place in the code', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/mutants.mjs', '--places'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
