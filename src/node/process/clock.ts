import type { Clock, Turn } from '../../core/base/ports.ts';

export const node_clock: Clock = {
  now: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  after_in_background(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

export const node_turn: Turn = {
  at_end: (callback) => process.nextTick(callback),
};
