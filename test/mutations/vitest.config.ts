import { defineConfig } from 'vitest/config';
import config from '../../vitest.config.ts';

/** The conformance suite and the fuzz test alone, and quick to give up: a mutant may hang. */
export default defineConfig({
  ...config,
  cacheDir: '.cache',
  test: {
    ...config.test,
    include: ['test/conformance/*.test.ts', 'test/fuzz/*.test.ts'],
    globalSetup: [],
    typecheck: { enabled: false },
    testTimeout: 2000,
    hookTimeout: 5000,
    bail: 1,
  },
});
