import type { Clock } from '../../core/base/ports.ts';

/**
 * Calls back on the timers of the test runner, which may be faked: the globals are looked up at each
 * call, as a runner replaces them while a test runs. What they made only they can clear.
 */
export function start_timer(milliseconds: number, callback: () => void) {
  const { setTimeout, clearTimeout } = globalThis;
  const timer: { unref?: () => unknown } = setTimeout(callback, milliseconds);
  return { timer, cancel: () => clearTimeout(timer as NodeJS.Timeout) };
}

/**
 * A clock of the test runner: where its timers are faked, time is what the test makes of it. No timer
 * is early, so that time has passed once one has fired, whatever the date says: a runner may fake the
 * one without the other, or set the date back.
 */
export function create_clock(): Clock {
  let latest = Number.NEGATIVE_INFINITY;
  const reach = (time: number) => {
    latest = Math.max(latest, time);
    return latest;
  };
  const now = () => reach(Date.now());
  const start = (milliseconds: number, callback: () => void) => {
    const due = now() + milliseconds;
    // Whole ones: some timers cut off the rest, and would be early after all.
    return start_timer(Math.ceil(milliseconds), () => {
      reach(due);
      callback();
    });
  };
  return {
    now,
    after: (milliseconds, callback) => start(milliseconds, callback).cancel,
    after_in_background(milliseconds, callback) {
      const { timer, cancel } = start(milliseconds, callback);
      // A fake one has it or not.
      timer.unref?.();
      return cancel;
    },
  };
}
