import type { Clock } from '../../core/base/ports.ts';

/**
 * Starts a timer of the test runner, which may be faked. A runner replaces the globals while a test runs, so they are
 * read at each call. Each timer is cleared by the function that belongs to the one that started it.
 */
export function start_timer(milliseconds: number, callback: () => void) {
  const { setTimeout, clearTimeout } = globalThis;
  const timer: { unref?: () => unknown } = setTimeout(callback, milliseconds);
  return { timer, cancel: () => clearTimeout(timer as NodeJS.Timeout) };
}

/**
 * Returns a clock that runs on the timers of the test runner. If they are faked, the test controls the time.
 *
 * No timer fires early: once it has fired, its time has passed, even if the date says otherwise. A runner may fake only
 * the timers or only the date, or set the date back.
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
    // Rounded up, because some timers drop the fraction of a millisecond, and would fire early.
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
      // Some fake timers have no `unref`.
      timer.unref?.();
      return cancel;
    },
  };
}
