import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: {
      'joystick-websockets/cluster': new URL('./src/cluster.ts', import.meta.url).pathname,
      'joystick-websockets/redis': new URL('./src/redis.ts', import.meta.url).pathname,
      'joystick-websockets/nats': new URL('./src/nats.ts', import.meta.url).pathname,
      'joystick-websockets/define': new URL('./src/define.ts', import.meta.url).pathname,
      'joystick-websockets/prometheus': new URL('./src/prometheus.ts', import.meta.url).pathname,
      'joystick-websockets/testing': new URL('./src/testing.ts', import.meta.url).pathname,
      'joystick-websockets/client': new URL('./src/client.ts', import.meta.url).pathname,
      'joystick-websockets/react': new URL('./src/react.ts', import.meta.url).pathname,
      'joystick-websockets': new URL('./src/index.ts', import.meta.url).pathname,
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: {
      enabled: true,
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: 'test/types/tsconfig.json',
    },
    // Tests of the package itself use what is built.
    globalSetup: 'test/support/build.ts',
    testTimeout: 15_000,
    hookTimeout: 60_000,
    restoreMocks: true,
  },
});
