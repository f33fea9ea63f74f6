import { run } from './run.ts';
import type { Scenario } from './scenario.ts';

/** Tries beyond which the history is short enough. */
const MOST_RUNS = 250;

/** A shorter scenario that breaks one of the same invariants: first without halves of what it has, then without single ones. */
export async function shrink(scenario: Scenario): Promise<Scenario> {
  const broken = await brokenBy(scenario);
  let shortest = scenario;
  let runs = 0;
  const isStillBroken = async (candidate: Scenario): Promise<boolean> => {
    runs += 1;
    return [...(await brokenBy(candidate))].some((invariant) => broken.has(invariant));
  };
  for (let isShorter = true; isShorter && runs < MOST_RUNS; ) {
    isShorter = false;
    for (const part of ['faults', 'operations'] as const) {
      for (let size = Math.ceil(shortest[part].length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
        for (let from = 0; from < shortest[part].length && runs < MOST_RUNS; ) {
          const left = [...shortest[part].slice(0, from), ...shortest[part].slice(from + size)];
          const candidate = { ...shortest, [part]: left };
          if (await isStillBroken(candidate)) {
            shortest = candidate;
            isShorter = true;
          } else from += size;
        }
      }
    }
  }
  return shortest;
}

const brokenBy = async (scenario: Scenario): Promise<ReadonlySet<string>> =>
  new Set((await run(scenario)).violations.map(({ invariant }) => invariant));
