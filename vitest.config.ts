import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const CI = process.env['CI'] === 'true';

export default defineConfig({
  // graphql must be one module for the tests and the libraries: the one that Node itself finds, not the bundlers' build.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    include: ['test/**/*.test.ts'],
    // Ends what hangs; it measures nothing. A test that passes takes a fraction, on a busy machine several times as long.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Servers and child processes of one file must not starve those of another on a small machine; where all is run, the
    // tests of crashes wait most of the time.
    maxWorkers: CI ? 3 : 2,
  },
});
