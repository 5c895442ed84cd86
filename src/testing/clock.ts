import type { Clock } from '../core/ports.ts';

/**
 * The clock of the test runner: where its timers are faked, time is what the test makes of it. The
 * globals are looked up at each call, as a runner replaces them while a test runs.
 */
export const runner_clock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = globalThis.setTimeout(callback, milliseconds);
    return () => globalThis.clearTimeout(timer);
  },
  after_in_background(milliseconds, callback) {
    const timer: { unref?: () => unknown } = globalThis.setTimeout(callback, milliseconds);
    // A fake one has it or not.
    timer.unref?.();
    return () => globalThis.clearTimeout(timer as NodeJS.Timeout);
  },
};
