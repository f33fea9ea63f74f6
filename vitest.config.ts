import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Servers and child processes of one file must not starve those of another on a small machine.
    maxWorkers: 2,
  },
});
