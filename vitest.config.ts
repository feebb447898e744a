import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Live tests make real terminals, namespaces and processes: a slow machine gets the time it needs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
  },
});
