import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type Reporter, type TestProject, type TestSpecification, type Vitest } from 'vitest/node';

/** Lanes of their own: what a folder has, or a suffix. All other tests are quick. CONTRIBUTING.md says what is where. */
const SLOW = ['test/**/*.slow.test.ts', 'test/crash/**/*.test.ts'];
const BROWSER = ['test/browser/**/*.test.ts'];
const KAFKA = ['test/kafka/**/*.test.ts'];
const CLUSTER = ['test/cluster/**/*.test.ts'];

export const LANES = {
  quick: { include: ['test/**/*.test.ts'], exclude: [...SLOW, ...BROWSER, ...KAFKA, ...CLUSTER] },
  slow: { include: SLOW },
  browser: { include: BROWSER },
  kafka: { include: KAFKA },
  cluster: { include: CLUSTER },
};

/** Files of a few lines that take a minute or more. */
const LONG = /\/test\/(crash|simulation|power|live\/resume)/;

/** Begins with them: Vitest begins with the longest text, so one worker would be left with them at the end of the lane. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** Says at the end which lanes a run left out. */
class LeftOut implements Reporter {
  #left: readonly string[] = [];

  onInit(vitest: Vitest): void {
    const run = new Set(vitest.projects.map((project: TestProject) => project.name));
    this.#left = Object.keys(LANES).filter((lane) => !run.has(lane));
  }

  onTestRunEnd(): void {
    if (this.#left.length > 0)
      process.stdout.write(`Left out: ${this.#left.join(', ')} (npm run test:all runs all; see CONTRIBUTING.md).\n`);
  }
}

export default defineConfig({
  // graphql must be one module for the tests and the libraries: the one that Node itself finds, not the bundlers' build.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    // Ends what hangs; it measures nothing. A test that passes takes a fraction, on a busy machine several times as long.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // expect.poll waits for a condition; its own limit of a second is less than a busy machine needs.
    expect: { poll: { timeout: 30_000 } },
    // A lane takes what another has transformed, in whichever process.
    experimental: { fsModuleCache: true },
    sequence: { sequencer: LongFirst },
    globalSetup: ['test/helpers/memory.ts'],
    reporters: ['default', new LeftOut()],
    projects: Object.entries(LANES).map(([name, files], groupOrder) => ({
      extends: true,
      test: {
        ...files,
        name,
        // One lane after the other, the quick one first.
        sequence: { groupOrder },
        // Files of these lanes share the modules of their worker, since loading them anew for each takes 3 s, in the quick lane
        // longer than the tests; so none of them may mock a module.
        isolate: name !== 'quick' && name !== 'slow',
      },
    })),
  },
});
