import { defineConfig } from 'vitest/config';

/** The long tests: whole suites of other projects, large models. `npm run test:full`. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/full/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    env: { ORT_DISABLE_TELEMETRY: '1' },
    maxWorkers: 2,
    passWithNoTests: true,
  },
});
