import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './run.ts';
import { type Scenario, scenarioOf } from './scenario.ts';

/** Histories that have failed once, shortened. */
interface Kept {
  readonly found: string;
  readonly scenario: Scenario;
}
const KEPT = JSON.parse(readFileSync(join(import.meta.dirname, 'seeds.json'), 'utf8')) as readonly Kept[];

describe('a simulated history', () => {
  it.each(KEPT.map(({ found, scenario }) => [found, scenario] as const))(
    'holds that once failed: %s',
    async (_found, scenario) => {
      const { violations, lines } = await run(scenario, { isTraced: true });
      expect(violations, lines.join('\n')).toEqual([]);
    },
  );

  it('has the same trace whenever its seed is run', async () => {
    const traces = async (): Promise<readonly (readonly string[])[]> => {
      const all: (readonly string[])[] = [];
      for (let seed = 1; seed <= 2; seed += 1) all.push((await run(scenarioOf(seed), { isTraced: true })).lines);
      return all;
    };
    const first = await traces();
    expect(first.every((lines) => lines.length > 50)).toBe(true);
    expect(await traces()).toEqual(first);
  });
});
