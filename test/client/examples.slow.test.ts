import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildExamples } from '../helpers/examples.ts';
import { startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeAll(async () => {
  buildExamples();
  world = await startWorld();
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(() => world.stop());

describe.each(['apollo', 'urql', 'tanstack'])('examples/clients/%s.ts', (name) => {
  it('is at most 60 lines', () => {
    expect(readFileSync(`examples/clients/${name}.ts`, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });

  it('lists, withdraws and follows', async () => {
    const args = [`dist.examples/clients/${name}.js`, `${world.url}/graphql`];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
    expect(stdout).toMatch(/ [\d,]+\.\d\d\u00a0EUR\n/);
    expect(stdout).toMatch(/^done wdr_/m);
    expect(stdout).toMatch(/^followed WithdrawalNotification$/m);
  });
});
