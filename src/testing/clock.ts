import type { Clock } from '../core/ports.ts';

/** The clock of the test runner: where its timers are faked, time is what the test makes of it. */
export const runner_clock: Clock = {
  now: () => Date.now(),
  // The global is looked up at each call: a runner replaces it while a test runs.
  after(milliseconds, callback) {
    const timer = globalThis.setTimeout(callback, milliseconds);
    return () => globalThis.clearTimeout(timer);
  },
};
